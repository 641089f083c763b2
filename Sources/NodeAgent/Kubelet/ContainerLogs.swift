// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Where containers' logs are: a file a run, and the one before it was full.
enum ContainerLogs {
    static func path(folder: String, container: String, attempt: Int) -> String { "\(folder)/logs/\(container)-\(attempt).log" }

    static func remove(folder: String, container: String, attempt: Int) {
        guard attempt >= 0 else { return }
        let path = path(folder: folder, container: container, attempt: attempt)
        unlink(path)
        unlink(path + ".1")
    }
}

/// Reads one run's log from where a reader wants it, on into what is written meanwhile.
final class LogReader {
    private let path: String
    private var file: Int32
    /// The file that comes after `file`, where that one was full.
    private var next: Int32?
    private var unread: [UInt8] = []

    /// nil where there is no such log.
    /// - Parameter lastLines: Only so many; nil for all.
    init?(_ path: String, lastLines: Int?) {
        self.path = path
        let current = open(path, O_RDONLY | O_CLOEXEC)
        guard current >= 0 else { return nil }
        file = current
        let before = open(path + ".1", O_RDONLY | O_CLOEXEC)
        var wanted = lastLines
        if let lines = lastLines {
            let found = Self.seek(current, toLast: lines)
            wanted = lines - found
        }
        guard before >= 0 else { return }
        if let wanted {
            guard wanted > 0 else {
                close(before)
                return
            }
            _ = Self.seek(before, toLast: wanted)
        }
        (file, next) = (before, current)
    }

    deinit {
        close(file)
        if let next { close(next) }
    }

    /// The next whole records, in order; empty where all that is written has been read.
    func records() -> [LogRecord] {
        var records: [LogRecord] = []
        while records.isEmpty {
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            let count = chunk.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            guard count > 0 else {
                if goOn() { continue }
                return []
            }
            unread.append(contentsOf: chunk.prefix(count))
            var start = 0
            while let end = unread[start...].firstIndex(of: UInt8(ascii: "\n")) {
                if let record = LogRecord(unread[start..<end]) { records.append(record) }
                start = end + 1
            }
            unread.removeFirst(start)
        }
        return records
    }

    /// To the file that follows one that is full; false where there is none.
    private func goOn() -> Bool {
        if let next {
            close(file)
            (file, self.next) = (next, nil)
            return true
        }
        let fresh = open(path, O_RDONLY | O_CLOEXEC)
        guard fresh >= 0 else { return false }
        if Self.identity(fresh) == Self.identity(file) {
            close(fresh)
            return false
        }
        close(file)
        file = fresh
        return true
    }

    private static func identity(_ file: Int32) -> [UInt64] {
        var status = stat()
        return fstat(file, &status) == 0 ? [UInt64(status.st_dev), UInt64(status.st_ino)] : []
    }

    /// Places the descriptor where the last lines begin; how many there are.
    private static func seek(_ file: Int32, toLast lines: Int) -> Int {
        let size = lseek(file, 0, SEEK_END)
        guard lines > 0 else { return 0 }
        var found = 0
        var position = size
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while position > 0 {
            let start = max(0, position - off_t(chunk.count))
            let count = chunk.withUnsafeMutableBytes { pread(file, $0.baseAddress, Int(position - start), start) }
            guard count > 0 else { break }
            for index in (0..<count).reversed() where chunk[index] == UInt8(ascii: "\n") {
                let place = start + off_t(index)
                // The line end that ends the file begins no line.
                guard place != size - 1 else { continue }
                found += 1
                if found == lines {
                    lseek(file, place + 1, SEEK_SET)
                    return lines
                }
            }
            position = start
        }
        lseek(file, 0, SEEK_SET)
        return size > 0 ? found + 1 : 0
    }
}

/// One record as the container log writes it.
struct LogRecord: Sendable, Hashable {
    var time: String
    var stream: String
    /// Whether a line ends with it.
    var isWhole: Bool
    var text: [UInt8]

    /// nil for what has not the form.
    init?(_ line: ArraySlice<UInt8>) {
        let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count == 4 else { return nil }
        time = String(decoding: fields[0], as: UTF8.self)
        stream = String(decoding: fields[1], as: UTF8.self)
        isWhole = fields[2].elementsEqual("F".utf8)
        text = Array(fields[3])
    }
}
