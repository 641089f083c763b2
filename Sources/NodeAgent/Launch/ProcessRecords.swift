// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Which processes a node has started, on disk, so that the next run ends those that a killed one left behind.
struct ProcessRecords: Sendable {
    /// One file a process: its number, its start (clock ticks since boot), so that a later process of that number is left alone.
    var folder: String

    func add(_ process: Int32) throws(NodeAgentError) {
        guard let start = Self.startTicks(process) else { return }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data("\(start)\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(process)"))
        } catch {
            throw NodeAgentError(.files, "cannot record process \(process) in \(folder): \(error.localizedDescription)")
        }
    }

    func remove(_ process: Int32) { try? FileManager.default.removeItem(atPath: "\(folder)/\(process)") }

    /// Ends every recorded process that still runs, with what it started; how many there were.
    func reap() -> Int {
        var count = 0
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let path = "\(folder)/\(name)"
            if let process = Int32(name), process > 1, let text = KernelFile.read(path), let recorded = UInt64(text.prefix { $0 != "\n" }) {
                count += reap(process, startedAt: recorded)
            }
            try? FileManager.default.removeItem(atPath: path)
        }
        return count
    }

    /// The process itself, and what it started: that stays in its session, whose number is not given away while it is in use.
    private func reap(_ process: Int32, startedAt recorded: UInt64) -> Int {
        let start = Self.startTicks(process)
        guard start == nil || start == recorded else { return 0 }
        let members = ProcessClockGroup.members(of: process).filter { Self.startTicks($0).map { $0 >= recorded } ?? false }
        for member in members { kill(member, SIGKILL) }
        return members.isEmpty ? 0 : 1
    }

    /// Field 22 of `/proc/PID/stat`; nil where no such process runs.
    static func startTicks(_ process: Int32) -> UInt64? {
        guard let stat = KernelFile.read("/proc/\(process)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[end...].split(separator: " ")
        return fields.count > 20 ? UInt64(fields[20]) : nil
    }
}
