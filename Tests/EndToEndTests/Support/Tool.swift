// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A program that was run to its end.
struct ToolResult: Sendable {
    var status: Int32
    var output: String
    var errors: String

    var text: String { output + errors }
}

/// Where the programs are that these tests run for real.
enum Tool {
    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The program under test: what `UPDRAFT_PROGRAM` names (`make test` says the release build, which is what users run), else the
    /// `updraft` that was built beside this test bundle.
    static let updraft: String = {
        if let program = ProcessInfo.processInfo.environment["UPDRAFT_PROGRAM"] { return program }
        let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: runner).deletingLastPathComponent().appendingPathComponent("updraft").path
    }()

    static let kubectl120 = find("kubectl", under: ".build/tools/kubectl-1.20", or: nil)
    static let kubectl132 = find("kubectl", under: ".build/tools/kubectl-1.32", or: "/usr/bin/kubectl")
    static let kubectl137 = find("kubectl", under: ".build/tools/kubectl-1.37", or: nil)
    static let helm = find("helm", under: ".build/tools/kubectl-1.37", or: nil)
    static let ab = find("ab", under: nil, or: "/usr/bin/ab")
    static let cfssl = find("cfssl", under: nil, or: "/usr/bin/cfssl")
    static let cfssljson = find("cfssljson", under: nil, or: "/usr/bin/cfssljson")
    static let openssl = find("openssl", under: nil, or: "/usr/bin/openssl")
    static let curl = find("curl", under: nil, or: "/usr/bin/curl")
    static let prometheus = find("prometheus", under: nil, or: "/usr/bin/prometheus")

    /// By its version.
    static func kubectl(_ version: String) -> String? {
        switch version {
        case "1.20": kubectl120
        case "1.32": kubectl132
        case "1.37": kubectl137
        default: nil
        }
    }

    private static func find(_ name: String, under folder: String?, or absolute: String?) -> String? {
        let candidates = [folder.map { "\(repository)/\($0)/\(name)" }, absolute].compactMap { $0 }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The tool's path; without it the test fails in CI, and elsewhere says loudly what it skips.
    static func require(_ path: String?, _ name: String) throws -> String {
        if let path { return path }
        Issue.record("SKIPPED, NOT TESTED: \(name) is missing; get it with: scripts/bootstrap test")
        throw Missing(name: name)
    }

    struct Missing: Error { var name: String }

    /// Runs a program to its end, at most `seconds` long.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil, directory: String? = nil,
        seconds: Double = 60
    ) async throws -> ToolResult {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        let scratch = NSTemporaryDirectory() + "updraft-tool-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        // Files rather than pipes: a program that outlives its output's reader cannot block on them.
        for name in ["out", "err"] { _ = FileManager.default.createFile(atPath: "\(scratch)/\(name)", contents: nil) }
        // Closed by hand: Foundation keeps what it was given for longer than the process runs, and above 1,024 open files it crashes.
        var handles: [FileHandle] = []
        defer { for handle in handles { try? handle.close() } }
        func opened(_ handle: FileHandle) -> FileHandle {
            handles.append(handle)
            return handle
        }
        process.standardOutput = opened(try FileHandle(forWritingTo: URL(fileURLWithPath: "\(scratch)/out")))
        process.standardError = opened(try FileHandle(forWritingTo: URL(fileURLWithPath: "\(scratch)/err")))
        if let input {
            try Data(input.utf8).write(to: URL(fileURLWithPath: "\(scratch)/in"))
            process.standardInput = opened(try FileHandle(forReadingFrom: URL(fileURLWithPath: "\(scratch)/in")))
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        try process.run()
        let deadline = ContinuousClock.now + .seconds(seconds)
        while process.isRunning {
            if ContinuousClock.now > deadline {
                process.terminate()
                try await Task.sleep(for: .milliseconds(500))
                if process.isRunning { kill(process.processIdentifier, SIGKILL) }
                process.waitUntilExit()
                break
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return ToolResult(
            status: process.terminationStatus, output: (try? String(contentsOfFile: "\(scratch)/out", encoding: .utf8)) ?? "",
            errors: (try? String(contentsOfFile: "\(scratch)/err", encoding: .utf8)) ?? "")
    }
}
