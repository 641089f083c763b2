// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A process that can be told from a later one with the same number.
struct ProcessIdentity: Codable, Hashable, Sendable {
    var processID: Int32
    /// Clock ticks from boot to its start: field 22 of `/proc/PID/stat`.
    var startTicks: UInt64

    static var current: ProcessIdentity? { ProcessIdentity(running: getpid()) }

    /// nil where no such process runs (or it is a zombie).
    init?(running processID: Int32) {
        guard let stat = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8),
            let afterName = stat.range(of: ") ", options: .backwards)?.upperBound
        else { return nil }
        let fields = stat[afterName...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", let ticks = UInt64(fields[19]) else { return nil }
        self.processID = processID
        startTicks = ticks
    }

    var isRunning: Bool { ProcessIdentity(running: processID) == self }
}
