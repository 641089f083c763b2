// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// What a mount plan asks of the host's file system.
protocol HostFiles: Sendable {
    /// Without links; nil where nothing is there.
    func realPath(_ path: String) -> String?
    /// Of what a link leads to; nil where nothing is there.
    func kind(_ path: String) -> HostFileKind?
    /// Where a link leads, as it says; nil for what is no link.
    func link(_ path: String) -> String?
    func entries(_ folder: String) -> [String]
    /// What is mounted somewhere below a folder, outer mounts first.
    func mountPoints(below folder: String) -> [String]
}

enum HostFileKind: Sendable, Hashable { case folder, other }

struct LinuxFiles: HostFiles {
    func realPath(_ path: String) -> String? {
        guard let resolved = Glibc.realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    func kind(_ path: String) -> HostFileKind? {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) ? (isDirectory.boolValue ? .folder : .other) : nil
    }

    func link(_ path: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    }

    func entries(_ folder: String) -> [String] { KernelFile.entries(in: folder).map(\.name).sorted() }

    func mountPoints(below folder: String) -> [String] {
        let prefix = folder == "/" ? "/" : folder + "/"
        // Field 5 of a line; in the order in which they were mounted.
        let lines = (KernelFile.read("/proc/self/mountinfo") ?? "").split(separator: "\n")
        let points = lines.compactMap { line -> String? in
            let fields = line.split(separator: " ")
            guard fields.count > 4 else { return nil }
            let point = Self.unescaped(fields[4])
            return point != "/" && point.hasPrefix(prefix) ? point : nil
        }
        // What is mounted inside another mount comes along with that one.
        return points.enumerated().filter { index, point in !points[..<index].contains { point == $0 || point.hasPrefix($0 + "/") } }.map(\.element)
    }

    /// The kernel writes blanks as `\040`.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3, let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8) {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
