// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Synchronization

/// A process of the measurement, ended with it.
package final class BenchProcess: Sendable {
    private let process: Process
    private let lifeline = Pipe()
    private let output = Pipe()

    package var identifier: Int32 { process.processIdentifier }

    package init(_ program: String, _ arguments: [String], log: String) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = lifeline
        process.standardOutput = output
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process.standardError = FileHandle(forWritingAtPath: log)
        try process.run()
        Self.running.withLock { _ = $0.insert(process.processIdentifier) }
    }

    /// Waits for a line that begins so.
    package func wait(for beginning: String) throws {
        var text = ""
        while !text.split(separator: "\n").contains(where: { $0.hasPrefix(beginning) }) {
            let piece = output.fileHandleForReading.availableData
            guard !piece.isEmpty else { throw BenchFailure("\(process.executableURL?.lastPathComponent ?? "a process") ended: \(text)") }
            text += String(decoding: piece, as: UTF8.self)
        }
    }

    package func stop() {
        kill(process.processIdentifier, SIGTERM)
        let deadline = Date().addingTimeInterval(10)
        while process.isRunning, Date() < deadline { usleep(20_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        Self.running.withLock { _ = $0.remove(process.processIdentifier) }
    }

    // MARK: However the measurement ends

    private static let running = Mutex<Set<Int32>>([])

    /// Ends all that runs, at once.
    package static func stopAll() { running.withLock { for identifier in $0 { kill(identifier, SIGKILL) } } }

    /// Has a signal, or too long a measurement, end all that runs and this process.
    package static func endAll(after limit: Duration) {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                stopAll()
                // Named here, so that it lasts.
                source.cancel()
                exit(128 + number)
            }
            source.resume()
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + (limit / .seconds(1))) {
            say("stopped: not done after \(Int(limit / .seconds(1))) s")
            stopAll()
            exit(1)
        }
    }
}
