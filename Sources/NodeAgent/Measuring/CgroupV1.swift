// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// cgroup v1: a hierarchy for each controller.
package struct CgroupV1: ResourceGroups {
    package var name: String { "cgroup v1" }
    package var enforcesLimits: Bool { true }

    private let root: String
    private let lab: String
    static let controllers = ["cpu", "cpuacct", "memory"]
    /// v2's `cgroup.kill` beside it, where the machine has both.
    private let unified: String?

    /// nil where one of the controllers is not mounted or may not be written.
    init?(root: String, lab: String) {
        self.root = root
        self.lab = lab
        for controller in Self.controllers {
            guard KernelFile.read("\(root)/\(controller)/cgroup.procs") != nil, KernelFile.makeFolders("\(root)/\(controller)/\(lab)") == 0 else {
                return nil
            }
        }
        // Together the lab's containers weigh as much as the machine, as a kubelet's pods do beside its system's services.
        KernelFile.write(String(1024 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))), to: "\(root)/cpu/\(lab)/cpu.shares")
        let hybrid = "\(root)/unified"
        unified = KernelFile.read("\(hybrid)/cgroup.procs") != nil && KernelFile.makeFolders("\(hybrid)/\(lab)") == 0 ? hybrid : nil
    }

    package func make(_ path: String, limits: ResourceLimits) throws(NodeAgentError) -> any ResourceGroup {
        var folders: [String: String] = [:]
        for controller in Self.controllers {
            let folder = "\(root)/\(controller)/\(lab)/\(path)"
            let status = KernelFile.makeFolders(folder)
            guard status == 0 else { throw NodeAgentError(.launch, "cannot make the cgroup \(folder): \(String(cString: strerror(status)))") }
            folders[controller] = folder
        }
        let group = CgroupV1Group(
            cpu: "\(root)/cpu/\(lab)/\(path)", accounting: "\(root)/cpuacct/\(lab)/\(path)", memory: "\(root)/memory/\(lab)/\(path)",
            unified: unified.map { "\($0)/\(lab)/\(path)" })
        if let folder = group.unified { _ = KernelFile.makeFolders(folder) }
        if let quota = limits.cpuQuotaMicroseconds {
            KernelFile.write("100000", to: "\(group.cpu)/cpu.cfs_period_us")
            KernelFile.write(String(quota), to: "\(group.cpu)/cpu.cfs_quota_us")
        }
        if let bytes = limits.memoryBytes { KernelFile.write(String(bytes), to: "\(group.memory)/memory.limit_in_bytes") }
        return group
    }

    package func remove(_ path: String) {
        for controller in Self.controllers { KernelFile.removeCgroup("\(root)/\(controller)/\(lab)/\(path)") }
        if let unified { KernelFile.removeCgroup("\(unified)/\(lab)/\(path)") }
    }

    package func removeAll() {
        for controller in Self.controllers { KernelFile.removeCgroup("\(root)/\(controller)/\(lab)") }
        if let unified { KernelFile.removeCgroup("\(unified)/\(lab)") }
    }
}

struct CgroupV1Group: ResourceGroup {
    let cpu: String
    let accounting: String
    let memory: String
    let unified: String?

    var entrances: [String] { ([cpu, accounting, memory] + (unified.map { [$0] } ?? [])).map { $0 + "/cgroup.procs" } }

    func usage(processGroup: Int32) -> ResourceUsage? {
        guard let nanoseconds = KernelFile.number("\(accounting)/cpuacct.usage"), let used = KernelFile.number("\(memory)/memory.usage_in_bytes"),
            let statistics = KernelFile.read("\(memory)/memory.stat")
        else { return nil }
        let inactive = KernelFile.value(of: "total_inactive_file", in: statistics) ?? 0
        return ResourceUsage(cpuNanoseconds: nanoseconds, memoryBytes: used > inactive ? used - inactive : 0)
    }

    var outOfMemoryKills: UInt64 {
        KernelFile.read("\(memory)/memory.oom_control").flatMap { KernelFile.value(of: "oom_kill", in: $0) } ?? 0
    }

    func kill(processGroup: Int32) {
        if let unified, KernelFile.write("1", to: "\(unified)/cgroup.kill") == 0 { return }
        for line in (KernelFile.read("\(memory)/cgroup.procs") ?? "").split(separator: "\n") {
            if let process = Int32(line) { Glibc.kill(process, SIGKILL) }
        }
        if processGroup > 1 { Glibc.kill(-processGroup, SIGKILL) }
    }

    func remove() { for folder in [cpu, accounting, memory] + (unified.map { [$0] } ?? []) { KernelFile.removeCgroup(folder) } }
}
