// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubePKI

/// Finds out which process listens on a port, from Linux's /proc; for messages only.
enum PortHolder {
    /// `process 4711 (prometheus --config.file=…)`; nil where it cannot be told, such as for another user's process.
    static func description(port: Int, proc: String = "/proc") -> String? {
        let inodes = listeningInodes(port: port, proc: proc)
        guard !inodes.isEmpty else { return nil }
        let links = Set(inodes.map { "socket:[\($0)]" })
        let files = FileManager.default
        for process in (try? files.contentsOfDirectory(atPath: proc)) ?? [] where process.allSatisfy(\.isNumber) {
            let directory = "\(proc)/\(process)/fd"
            for descriptor in (try? files.contentsOfDirectory(atPath: directory)) ?? [] {
                guard let link = try? files.destinationOfSymbolicLink(atPath: "\(directory)/\(descriptor)"), links.contains(link) else { continue }
                return "process \(process) (\(command(of: process, proc: proc)))"
            }
        }
        return nil
    }

    /// The inode numbers of sockets in state LISTEN (0A) on `port`, whatever their address.
    private static func listeningInodes(port: Int, proc: String) -> [Substring] {
        ["tcp", "tcp6"].flatMap { table -> [Substring] in
            guard let text = (try? PKIFile.read("\(proc)/net/\(table)")) ?? nil else { return [] }
            return text.split(separator: "\n").dropFirst().compactMap { line in
                // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode …
                let fields = line.split(separator: " ")
                guard fields.count > 9, fields[3] == "0A", let hex = fields[1].split(separator: ":").last, Int(hex, radix: 16) == port else {
                    return nil
                }
                return fields[9]
            }
        }
    }

    private static func command(of process: String, proc: String) -> String {
        guard let words = (try? PKIFile.read("\(proc)/\(process)/cmdline")) ?? nil, !words.isEmpty else { return "unknown command" }
        let text = words.split(separator: "\0").joined(separator: " ")
        return text.count > 120 ? text.prefix(120) + "…" : text
    }
}
