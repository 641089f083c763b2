// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What /proc tells of a process.
package enum ProcessFigures {
    package static func cpuSeconds(of process: Int32) -> Double {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else { return 0 }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        return Double((Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    package static func residentMiB(of process: Int32) -> Int {
        mebibytes("VmRSS:", of: process)
    }

    /// The most there was at any time.
    package static func highestMiB(of process: Int32) -> Int { mebibytes("VmHWM:", of: process) }

    /// Of what is resident, what no file backs.
    package static func anonymousMiB(of process: Int32) -> Int { mebibytes("RssAnon:", of: process) }

    private static func mebibytes(_ field: String, of process: Int32) -> Int {
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(field) }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
    }
}

package struct BenchFailure: Error, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}
