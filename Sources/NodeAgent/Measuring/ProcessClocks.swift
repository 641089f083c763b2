// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import Synchronization

/// No cgroup to write to: the CPU clocks and memory of the processes in the container's session. Limits are not enforced.
package struct ProcessClocks: ResourceGroups {
    package var name: String { "process clocks (limits are not enforced)" }
    package var enforcesLimits: Bool { false }

    package func make(_ path: String, limits: ResourceLimits) -> any ResourceGroup { ProcessClockGroup() }
    package func remove(_ path: String) {}
    package func removeAll() {}
}

final class ProcessClockGroup: ResourceGroup {
    private struct Known {
        var live: [Int32: UInt64] = [:]
        /// Of processes that have ended since they were last seen.
        var ended: UInt64 = 0
    }

    private let known = Mutex(Known())

    var entrances: [String] { [] }
    var outOfMemoryKills: UInt64 { 0 }

    func usage(processGroup: Int32) -> ResourceUsage? {
        let members = Self.members(of: processGroup)
        guard !members.isEmpty else { return nil }
        var memory: UInt64 = 0
        var clocks: [Int32: UInt64] = [:]
        for process in members {
            var nanoseconds: CUnsignedLongLong = 0
            if updraft_process_cpu(process, &nanoseconds) == 0 { clocks[process] = nanoseconds }
            // Resident pages less those that are shared with files.
            if let pages = KernelFile.read("/proc/\(process)/statm")?.split(separator: " ").compactMap({ UInt64($0) }), pages.count > 2 {
                memory += (pages[1] &- min(pages[1], pages[2])) &* UInt64(sysconf(Int32(_SC_PAGESIZE)))
            }
        }
        let total = known.withLock { known in
            for (process, nanoseconds) in known.live where clocks[process] == nil { known.ended += nanoseconds }
            known.live = clocks
            return clocks.values.reduce(known.ended, &+)
        }
        return ResourceUsage(cpuNanoseconds: total, memoryBytes: memory)
    }

    /// The processes whose session it is: field 6 of `/proc/PID/stat`. A container's program leads a session of its own.
    static func members(of session: Int32) -> [Int32] {
        KernelFile.folders(in: "/proc").compactMap { Int32($0) }.filter { process in
            guard let stat = KernelFile.read("/proc/\(process)/stat"), let end = stat.lastIndex(of: ")") else { return false }
            let fields = stat[end...].split(separator: " ")
            return fields.count > 4 && fields[1] != "Z" && Int32(fields[4]) == session
        }
    }

    func kill(processGroup: Int32) {
        guard processGroup > 1 else { return }
        Glibc.kill(-processGroup, SIGKILL)
        for process in Self.members(of: processGroup) { Glibc.kill(process, SIGKILL) }
    }
    func remove() {}
}
