// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import KubeModel
import Logging
import Synchronization

/// The file of audit events, one JSON object a line.
///
/// Requests never wait for it: events queue up to a bound, and those beyond it are counted and left out, of which the server's own log
/// tells. What was queued when the process ends by itself is written; a kill loses the queue.
package final class AuditLog: Sendable {
    package struct Options: Sendable, Hashable {
        /// `-` for the standard output.
        package var path: String
        /// Megabytes at which a file is put aside; 0 never does.
        package var maximumMegabytes = 0
        /// How many are kept of those put aside; 0 keeps all.
        package var maximumBackups = 0
        /// Days after which those put aside go; 0 keeps them.
        package var maximumDays = 0

        package init(path: String) { self.path = path }
    }

    private struct State {
        var pending: [[UInt8]] = []
        var bytes = 0
        var isWriting = false
        /// Since the last time that was told.
        var lost = 0
    }

    private let options: Options
    private let capacity: Int
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())
    private let file: Mutex<FileHandle>
    private let queue = DispatchQueue(label: "audit-log")

    /// - Parameter capacity: Bytes that may wait to be written.
    /// - Throws: `AuditLogError` where the file cannot be written.
    package init(
        _ options: Options, capacity: Int = 16 * 1024 * 1024, logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) throws(AuditLogError) {
        self.options = options
        self.capacity = capacity
        self.logger = logger
        self.now = now
        file = Mutex(try Self.open(options.path))
    }

    private static func open(_ path: String) throws(AuditLogError) -> FileHandle {
        if path == "-" { return .standardOutput }
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AuditLogError(message: "cannot write \(path): \(String(cString: strerror(errno)))") }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// Takes an event; it is on disk a moment later.
    package func write(_ event: JSONValue) {
        let line = event.encoded + [UInt8(ascii: "\n")]
        let begins = state.withLock { state in
            guard state.bytes + line.count <= capacity else {
                state.lost += 1
                return false
            }
            state.pending.append(line)
            state.bytes += line.count
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { queue.async { self.drain() } }
    }

    /// Returns once everything taken so far is written or lost.
    package func flush() { queue.sync {} }

    private func drain() {
        while true {
            let (lines, lost) = state.withLock { state in
                defer { (state.pending, state.bytes, state.lost) = ([], 0, 0) }
                if state.pending.isEmpty { state.isWriting = false }
                return (state.pending, state.lost)
            }
            if lost > 0 { logger.warning("audit events were left out: the log is written too slowly", metadata: ["count": "\(lost)"]) }
            if lines.isEmpty { return }
            write(lines)
        }
    }

    /// Whole lines, so that a file is put aside between two events.
    private func write(_ lines: [[UInt8]]) {
        var failed = 0
        var reason = ""
        file.withLock { file in
            for line in lines {
                do {
                    if isFull(file, with: line.count) { file = try rotate() }
                    try file.write(contentsOf: Data(line))
                } catch {
                    failed += 1
                    reason = "\(error)"
                }
            }
        }
        guard failed > 0 else { return }
        logger.warning("audit events cannot be written", metadata: ["count": "\(failed)", "path": "\(options.path)", "error": "\(reason)"])
    }

    // MARK: Rotation

    private func isFull(_ file: FileHandle, with length: Int) -> Bool {
        guard options.maximumMegabytes > 0, options.path != "-", let size = try? file.seekToEnd(), size > 0 else { return false }
        return size + UInt64(length) > UInt64(options.maximumMegabytes) * 1_048_576
    }

    private func rotate() throws -> FileHandle {
        let time = now().microText.replacingOccurrences(of: ":", with: "-")
        try FileManager.default.moveItem(atPath: options.path, toPath: "\(stem)-\(time)\(suffix)")
        removeOld()
        return try Self.open(options.path)
    }

    private var suffix: String { options.path.hasSuffix(".log") ? ".log" : "" }
    private var stem: String { String(options.path.dropLast(suffix.count)) }

    private func removeOld() {
        let folder = URL(fileURLWithPath: options.path).deletingLastPathComponent().path
        let prefix = URL(fileURLWithPath: stem).lastPathComponent + "-"
        // The time in a name orders them.
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { name in
            name.hasPrefix(prefix) && name.hasSuffix(suffix) && Self.time(in: name.dropFirst(prefix.count).dropLast(suffix.count)) != nil
        }.sorted()
        var doomed = options.maximumBackups > 0 ? Array(names.dropLast(options.maximumBackups)) : []
        if options.maximumDays > 0 {
            let limit = now() + (.zero - .seconds(86_400 * Int64(options.maximumDays)))
            doomed += names.filter { name in Self.time(in: name.dropFirst(prefix.count).dropLast(suffix.count)).map { $0 < limit } ?? false }
        }
        for name in Set(doomed) { try? FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
    }

    /// `2026-11-24T12-00-00.000000Z`.
    private static func time(in text: Substring) -> Timestamp? {
        let halves = text.split(separator: "T", maxSplits: 1)
        guard halves.count == 2 else { return nil }
        return Timestamp("\(halves[0])T\(halves[1].replacingOccurrences(of: "-", with: ":"))")
    }
}

package struct AuditLogError: Error, Sendable, CustomStringConvertible {
    package var message: String
    package var description: String { message }
}
