// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// cgroup v2: one hierarchy, whose folders hand their controllers down.
package struct CgroupV2: ResourceGroups {
    package var name: String { "cgroup v2" }
    package var enforcesLimits: Bool { true }

    private let top: String

    /// nil where the hierarchy lacks the cpu or memory controller, or may not be written.
    init?(root: String, lab: String) {
        guard let controllers = KernelFile.read("\(root)/cgroup.controllers")?.split(whereSeparator: { $0 == " " || $0 == "\n" }),
            controllers.contains("cpu"), controllers.contains("memory")
        else { return nil }
        top = "\(root)/\(lab)"
        KernelFile.write("+cpu +memory", to: "\(root)/cgroup.subtree_control")
        defer { KernelFile.write("\(min(10_000, 100 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))))", to: "\(top)/cpu.weight") }
        guard KernelFile.makeFolders(top) == 0, KernelFile.write("+cpu +memory", to: "\(top)/cgroup.subtree_control") == 0,
            KernelFile.read("\(top)/memory.current") != nil
        else {
            rmdir(top)
            return nil
        }
    }

    package func make(_ path: String, limits: ResourceLimits) throws(NodeAgentError) -> any ResourceGroup {
        var folder = top
        let parts = path.split(separator: "/")
        for (index, part) in parts.enumerated() {
            folder += "/\(part)"
            let status = KernelFile.makeFolders(folder)
            guard status == 0 else { throw NodeAgentError(.launch, "cannot make the cgroup \(folder): \(String(cString: strerror(status)))") }
            if index < parts.count - 1 { KernelFile.write("+cpu +memory", to: "\(folder)/cgroup.subtree_control") }
        }
        if let quota = limits.cpuQuotaMicroseconds { KernelFile.write("\(quota) 100000", to: "\(folder)/cpu.max") }
        if let bytes = limits.memoryBytes { KernelFile.write(String(bytes), to: "\(folder)/memory.max") }
        return CgroupV2Group(folder: folder)
    }

    package func remove(_ path: String) { KernelFile.removeCgroup("\(top)/\(path)") }
    package func removeAll() { KernelFile.removeCgroup(top) }
}

struct CgroupV2Group: ResourceGroup {
    let folder: String

    var entrances: [String] { [folder + "/cgroup.procs"] }

    func usage(processGroup: Int32) -> ResourceUsage? {
        guard let cpu = KernelFile.read("\(folder)/cpu.stat"), let microseconds = KernelFile.value(of: "usage_usec", in: cpu),
            let used = KernelFile.number("\(folder)/memory.current"), let statistics = KernelFile.read("\(folder)/memory.stat")
        else { return nil }
        let inactive = KernelFile.value(of: "inactive_file", in: statistics) ?? 0
        return ResourceUsage(cpuNanoseconds: microseconds &* 1000, memoryBytes: used > inactive ? used - inactive : 0)
    }

    var outOfMemoryKills: UInt64 { KernelFile.read("\(folder)/memory.events").flatMap { KernelFile.value(of: "oom_kill", in: $0) } ?? 0 }

    func kill(processGroup: Int32) {
        if KernelFile.write("1", to: "\(folder)/cgroup.kill") == 0 { return }
        for line in (KernelFile.read("\(folder)/cgroup.procs") ?? "").split(separator: "\n") {
            if let process = Int32(line) { Glibc.kill(process, SIGKILL) }
        }
    }

    func remove() { KernelFile.removeCgroup(folder) }
}
