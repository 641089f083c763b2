// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// `updraft up` as its users run it: a process of its own, on a directory and ports of its own.
final class LabProcess: Sendable {
    let directory: String
    let offset: Int
    private let process: Process
    private let log: String
    /// `updraft`, and what comes before it.
    private let command: [String]

    var kubeconfig: String { directory + "/kubeconfig" }
    var processID: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    static func temporaryDirectory() throws -> String {
        let path = NSTemporaryDirectory() + "updraft-e2e-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Starts it; returns as soon as the process runs.
    /// - Parameter command: In the place of the program under test.
    init(directory: String, offset: Int, arguments: [String] = [], command: [String] = [Tool.updraft]) throws {
        self.command = command
        self.directory = directory
        self.offset = offset
        log = directory + ".log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        try handle.seekToEnd()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = command.dropFirst() + ["up", "--data-dir", directory, "--port-offset", "\(offset)"] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        self.process = process
    }

    /// Until `updraft status` exits with 0.
    func waitUntilReady(seconds: Double = 60) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let status = try await Tool.run(command[0], command.dropFirst() + ["status", "--data-dir", directory])
            if status.status == 0 { return }
            guard process.isRunning, ContinuousClock.now < deadline else {
                throw LabFailure(message: "not ready: \(status.text)\n\(output)")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Ctrl-C; the exit code.
    @discardableResult
    func stop(seconds: Double = 45) async throws -> Int32 {
        guard process.isRunning else { return process.terminationStatus }
        process.interrupt()
        let deadline = ContinuousClock.now + .seconds(seconds)
        while process.isRunning {
            guard ContinuousClock.now < deadline else {
                killHard()
                throw LabFailure(message: "still running \(seconds) s after Ctrl-C\n\(output)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return process.terminationStatus
    }

    func killHard() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: directory)
        try? FileManager.default.removeItem(atPath: log)
    }

    /// Processes whose command line or environment names this lab's directory.
    func strays() -> [String] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.compactMap { name in
            guard let number = Int32(name), number != getpid() else { return nil }
            let command = (try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8)) ?? ""
            // One that has ended and that its parent, or init, has not yet asked for has no command line left.
            guard !command.isEmpty else { return nil }
            let environment = (try? String(contentsOfFile: "/proc/\(number)/environ", encoding: .utf8)) ?? ""
            let groups = (try? String(contentsOfFile: "/proc/\(number)/cgroup", encoding: .utf8)) ?? ""
            guard command.contains(directory) || environment.contains(directory) || groups.contains("updraft-\(processID)") else { return nil }
            return "\(number) \(command.replacingOccurrences(of: "\0", with: " "))"
        }
    }
}

struct LabFailure: Error, CustomStringConvertible {
    var message: String
    var description: String { message }
}

/// A ready lab for the length of `body`; stopped and removed afterwards, with nothing left running.
/// - Parameter directory: One that was prepared; nil makes one.
func withLab<Result: Sendable>(
    offset: Int, directory: String? = nil, arguments: [String] = [], command: [String] = [Tool.updraft],
    _ body: (LabProcess) async throws -> Result
) async throws -> Result {
    let lab = try LabProcess(directory: try directory ?? LabProcess.temporaryDirectory(), offset: offset, arguments: arguments, command: command)
    let result: Result
    do {
        try await lab.waitUntilReady()
        result = try await body(lab)
    } catch {
        _ = try? await lab.stop()
        lab.remove()
        throw error
    }
    #expect(try await lab.stop() == 0, "Ctrl-C ends it with 0")
    #expect(lab.strays().isEmpty, "no process is left behind")
    lab.remove()
    return result
}

/// kubectl of one version against one lab.
struct Kubectl: Sendable {
    var program: String
    var kubeconfig: String

    func callAsFunction(_ arguments: String..., input: String? = nil, seconds: Double = 60) async throws -> ToolResult {
        try await Tool.run(program, ["--kubeconfig", kubeconfig] + arguments, input: input, seconds: seconds)
    }

    /// Runs it until its output satisfies `condition`.
    func eventually(_ arguments: String..., seconds: Double = 30, until condition: (ToolResult) -> Bool) async throws -> ToolResult {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let result = try await Tool.run(program, ["--kubeconfig", kubeconfig] + arguments)
            if condition(result) { return result }
            guard ContinuousClock.now < deadline else {
                throw LabFailure(message: "kubectl \(arguments.joined(separator: " ")) still says after \(seconds) s:\n\(result.text)")
            }
            try await Task.sleep(for: .milliseconds(300))
        }
    }
}
