// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// `store-torture`, built beside this test bundle: what only a process of its own can show.
@Suite("A store whose process is killed, and whose disk is full", .timeLimit(.minutes(5)))
struct TortureTests {
    private struct Outcome {
        var status: Int32
        var text: String
    }

    private static func run(_ program: String, _ arguments: [String]) async throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { process in
                let text = String(decoding: (try? output.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
                continuation.resume(returning: Outcome(status: process.terminationStatus, text: text))
            }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
    }

    private static let torture: String = {
        let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: runner).deletingLastPathComponent().appendingPathComponent("store-torture").path
    }()

    @Test("killed at any time, it has lost no write that it acknowledged, doubled none and halved none")
    func kills() async throws {
        // The seed is printed where it fails; `make bench` draws more.
        let outcome = try await Self.run(Self.torture, ["20", "\(UInt64.random(in: 0..<1_000_000_000))"])
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(outcome.text.contains("20 kills"))
    }

    @Test("on a full disk it refuses writes, says why, goes on reading, and takes writes again once there is room")
    func fullDisk() async throws {
        let directory = try TemporaryDirectory()
        // A file system of 12 MiB that only that process sees, and that is gone with it.
        let script = "mount -t tmpfs -o size=12m none \"$1\" || exit 99; exec \"$2\" full \"$1\""
        let outcome = try await Self.run("/usr/bin/unshare", ["-m", "sh", "-c", script, "sh", directory.path, Self.torture])
        if outcome.status != 0, !outcome.text.contains("store-torture") {
            Issue.record("SKIPPED, NOT TESTED: no file system can be mounted here; run as root. \(outcome.text)")
            return
        }
        #expect(outcome.status == 0, "\(outcome.text)")
    }
}
