// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A lab that goes on after the command that started it has ended.
enum DetachedLab {
    /// Starts this program again with the same arguments but for `--detach`, its output in the data directory's `logs/`, and
    /// waits until it is ready.
    /// - Throws: `CommandFailure` with the end of its log where it ends or is not ready in time.
    static func start(_ directory: LabDirectory, wait: Duration) async throws {
        try directory.prepare()
        if let state = directory.readState(), state.isRunning {
            throw CommandFailure(
                .failed, "a lab already runs in \(directory.path) as process \(state.process?.processID ?? 0)",
                fix: "stop it with: updraft down --data-dir \(directory.path)")
        }
        let log = try openLog(directory)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["--own-session"] + CommandLine.arguments.dropFirst().filter { $0 != "--detach" }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = log.handle
        process.standardError = log.handle
        do {
            try process.run()
        } catch {
            throw CommandFailure(.failed, "cannot start the lab in the background: \(error.localizedDescription)")
        }
        let deadline = ContinuousClock.now + wait
        while true {
            if let state = directory.readState(), state.isReady, state.process?.processID == process.processIdentifier {
                print("the lab is ready, process \(process.processIdentifier); log: \(log.path)")
                print("kubectl --kubeconfig \(directory.kubeconfig) get nodes")
                return
            }
            guard process.isRunning else { throw failure("the lab ended", .failed, log.path) }
            guard ContinuousClock.now < deadline else {
                process.terminate()
                throw failure("the lab was not ready within \(wait.components.seconds) s, and was stopped", .failed, log.path)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func openLog(_ directory: LabDirectory) throws -> (handle: FileHandle, path: String) {
        let path = directory.logs + "/updraft.log"
        try FileManager.default.createDirectory(atPath: directory.logs, withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        guard let handle = FileHandle(forWritingAtPath: path) else { throw CommandFailure(.failed, "cannot write the log \(path)") }
        return (handle, path)
    }

    private static func failure(_ what: String, _ code: CommandFailure.Code, _ log: String) -> CommandFailure {
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        let end = text.split(separator: "\n").suffix(5).map { "    " + $0 }.joined(separator: "\n")
        return CommandFailure(code, "\(what); the end of its log, \(log):\n\(end)")
    }
}
