// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// How containers' processes are kept together, measured and limited on this machine.
package protocol ResourceGroups: Sendable {
    /// For the user: `cgroup v1`.
    var name: String { get }
    var enforcesLimits: Bool { get }

    /// Makes the group of one container, with its limits.
    /// - Parameter path: Folders below the lab's own, such as `node-0/UID/podinfod`.
    func make(_ path: String, limits: ResourceLimits) throws(NodeAgentError) -> any ResourceGroup

    /// Removes the folder of a pod, in which its containers' groups were.
    /// - Parameter path: As for `make`, without the container.
    func remove(_ path: String)

    /// Removes everything that a lab left, after killing what still runs in it.
    func removeAll()
}

/// The group of one container.
package protocol ResourceGroup: Sendable {
    /// Files into which a process writes itself to enter.
    var entrances: [String] { get }

    /// What the processes of the group have used; nil once it is gone.
    /// - Parameter processGroup: The container's, for back ends without a kernel group.
    func usage(processGroup: Int32) -> ResourceUsage?

    /// How many processes the kernel has killed for want of memory.
    var outOfMemoryKills: UInt64 { get }

    /// Ends every process of the group at once.
    func kill(processGroup: Int32)

    /// Once no process is left in it.
    func remove()
}

package struct ResourceLimits: Sendable, Hashable {
    /// nil: none.
    var cpuMillis: Int64?
    var memoryBytes: Int64?

    /// Of each period of 100 ms; at least the kernel's own least, 1 ms. Nil for none, and for more than can be told the kernel.
    var cpuQuotaMicroseconds: Int64? {
        guard let cpuMillis else { return nil }
        let (quota, isTooMuch) = cpuMillis.multipliedReportingOverflow(by: 100)
        return isTooMuch ? nil : max(1000, quota)
    }
}

package struct ResourceUsage: Sendable, Hashable {
    /// Since the container's start.
    package var cpuNanoseconds: UInt64
    /// Memory that cannot be dropped: use without inactive file pages, as kubelet's working set.
    package var memoryBytes: UInt64
}

/// The best of what this machine has, in the order v2, v1, process clocks.
package enum ResourceGroupsDetection {
    /// - Parameter lab: A folder name that no other lab has.
    package static func detect(lab: String, root: String = "/sys/fs/cgroup") -> any ResourceGroups {
        if let groups = CgroupV2(root: root, lab: lab) { return groups }
        if let groups = CgroupV1(root: root, lab: lab) { return groups }
        return ProcessClocks()
    }
}
