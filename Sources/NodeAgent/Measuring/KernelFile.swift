// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Small files of `/proc` and `/sys`, read and written in one call.
enum KernelFile {
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { return nil }
            if count == 0 { return String(decoding: text, as: UTF8.self) }
            text.append(contentsOf: buffer[0..<count])
        }
    }

    static func number(_ path: String) -> UInt64? {
        guard let text = read(path) else { return nil }
        return UInt64(text.prefix { $0 != "\n" })
    }

    /// The value behind `key ` on a line of its own.
    static func value(of key: String, in text: String) -> UInt64? {
        for line in text.split(separator: "\n") where line.hasPrefix(key + " ") { return UInt64(line.dropFirst(key.utf8.count + 1)) }
        return nil
    }

    /// 0, or the errno of the failure.
    @discardableResult
    static func write(_ text: String, to path: String) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        return count == bytes.count ? 0 : errno
    }

    /// Makes a folder and those above it; 0, or the errno of the failure.
    static func makeFolders(_ path: String) -> Int32 {
        var current = ""
        for part in path.split(separator: "/") {
            current += "/" + part
            if mkdir(current, 0o755) != 0, errno != EEXIST { return errno }
        }
        return 0
    }

    struct Entry {
        var name: String
        var isFolder: Bool
    }

    static func entries(in path: String) -> [Entry] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { entries.append(Entry(name: name, isFolder: entry.pointee.d_type == UInt8(DT_DIR))) }
        }
        return entries
    }

    static func folders(in path: String) -> [String] { entries(in: path).filter(\.isFolder).map(\.name) }

    /// Kills what is in a cgroup and below it, and removes it.
    static func removeCgroup(_ path: String) {
        guard access(path, F_OK) == 0 else { return }
        for child in folders(in: path) { removeCgroup("\(path)/\(child)") }
        for _ in 0..<50 {
            for line in (read("\(path)/cgroup.procs") ?? "").split(separator: "\n") { if let process = Int32(line) { Glibc.kill(process, SIGKILL) } }
            if rmdir(path) == 0 || errno == ENOENT { return }
            usleep(10_000)
        }
    }
}
