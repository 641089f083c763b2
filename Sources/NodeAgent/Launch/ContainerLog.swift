// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import KubeModel

/// Writes what a container prints, a line a record, in the container runtimes' form:
///
///     2026-11-24T04:13:45.123456789Z stdout F listening
///
/// `P` instead of `F` stands on a piece of a line that goes on in the next record of its stream.
/// A full file becomes PATH.1, in place of the one before; so a log takes twice `limit` at most.
final class ContainerLog {
    enum Stream: String { case stdout, stderr }

    /// As kubelet's `containerLogMaxSize`.
    static let limit = 10 << 20
    /// Longer lines are kept in pieces.
    static let longestLine = 16 << 10

    private let path: String
    private let limit: Int
    private let now: @Sendable () -> Timestamp
    private var file: Int32
    private var size: Int
    private var unfinished: [Stream: [UInt8]] = [:]

    init(path: String, limit: Int = ContainerLog.limit, now: @escaping @Sendable () -> Timestamp) throws(NodeAgentError) {
        self.path = path
        self.limit = limit
        self.now = now
        file = Self.open(path)
        guard file >= 0 else { throw NodeAgentError(.files, "cannot write the log \(path): \(String(cString: strerror(errno)))") }
        size = max(0, Int(lseek(file, 0, SEEK_END)))
    }

    deinit { close() }

    private static func open(_ path: String) -> Int32 { Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640) }

    func append(_ bytes: ArraySlice<UInt8>, _ stream: Stream) {
        let prefix = Array("\(now().nanoText) \(stream.rawValue) ".utf8)
        var text = unfinished.removeValue(forKey: stream) ?? []
        text.append(contentsOf: bytes)
        var records: [UInt8] = []
        var rest = text[...]
        while !rest.isEmpty {
            let end = rest.prefix(Self.longestLine).firstIndex(of: UInt8(ascii: "\n"))
            guard end != nil || rest.count >= Self.longestLine else { break }
            let line = end.map { rest[..<$0] } ?? rest.prefix(Self.longestLine)
            records.append(contentsOf: prefix)
            records.append(contentsOf: end == nil ? [UInt8(ascii: "P"), UInt8(ascii: " ")] : [UInt8(ascii: "F"), UInt8(ascii: " ")])
            records.append(contentsOf: line)
            records.append(UInt8(ascii: "\n"))
            rest = rest.dropFirst(line.count + (end == nil ? 0 : 1))
        }
        if !rest.isEmpty { unfinished[stream] = Array(rest) }
        write(records)
    }

    /// Writes what has no line end yet, and closes the file.
    func close() {
        guard file >= 0 else { return }
        for (stream, text) in unfinished { write(Array("\(now().nanoText) \(stream.rawValue) P ".utf8) + text + [UInt8(ascii: "\n")]) }
        unfinished = [:]
        Glibc.close(file)
        file = -1
    }

    /// What a full disk does not take is lost: a container is not held up for its log.
    private func write(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, file >= 0 else { return }
        if size > 0, size + bytes.count > limit { rotate() }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress?.advanced(by: written), bytes.count - written) }
            guard count > 0 else { break }
            written += count
        }
        size += written
    }

    private func rotate() {
        guard rename(path, path + ".1") == 0 else { return }
        let fresh = Self.open(path)
        guard fresh >= 0 else { return }
        Glibc.close(file)
        file = fresh
        size = 0
    }
}

extension Timestamp {
    /// RFC 3339 with nine digits, all of the same length, so that their order is that of the texts.
    var nanoText: String {
        let digits = String(nanoseconds)
        return description.dropLast() + "." + String(repeating: "0", count: max(0, 9 - digits.utf8.count)) + digits + "Z"
    }
}
