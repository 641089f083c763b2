// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import KubeClient
import KubeModel
import Logging

/// The Node object and its Lease: what the node is, and that it lives.
struct NodeRegistration: Sendable {
    let configuration: NodeAgentConfiguration
    let client: KubeClient
    let capacity: NodeCapacity
    let groups: any ResourceGroups
    let clock: any Clock<Duration>
    let now: @Sendable () -> Timestamp
    let logger: Logger

    static let heartbeat = Duration.seconds(10)

    /// Until cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                try await register()
                try await renewLease()
                try? await clock.sleep(for: Self.heartbeat)
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("cannot report the node", metadata: ["node": "\(configuration.nodeName)", "error": "\(error)"])
                try? await clock.sleep(for: .milliseconds(500))
            }
        }
    }

    private func register() async throws {
        do {
            try await patchStatus()
        } catch let error as APIError where error.reason == .notFound {
            var node = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Node"), name: configuration.nodeName)
            node.labels = [
                "kubernetes.io/hostname": configuration.nodeName, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                "beta.kubernetes.io/os": "linux",
                "beta.kubernetes.io/arch": "amd64",
            ]
            node["spec"] = [:]
            node["status"] = status(previous: [])
            do { try await client.create(.nodes, node) } catch let error as APIError where error.reason == .alreadyExists {}
            try await patchStatus()
        }
    }

    private func patchStatus() async throws {
        let known = try await client.get(.nodes, name: configuration.nodeName)
        let patch: JSONValue = ["status": status(previous: known.status["conditions"]?.array ?? [])]
        try await client.patch(.nodes, name: configuration.nodeName, subresource: "status", .merge(patch))
    }

    private func renewLease() async throws {
        let time = now().microText
        do {
            let change: JSONValue = ["spec": ["renewTime": .string(time)]]
            try await client.patch(.leases, namespace: "kube-node-lease", name: configuration.nodeName, .merge(change))
        } catch let error as APIError where error.reason == .notFound {
            let kind = GroupVersionKind(group: "coordination.k8s.io", version: "v1", kind: "Lease")
            var lease = KubeObject(kind, namespace: "kube-node-lease", name: configuration.nodeName)
            lease["spec"] = ["holderIdentity": .string(configuration.nodeName), "leaseDurationSeconds": 40, "renewTime": .string(time)]
            try await client.create(.leases, lease)
        }
    }

    private func status(previous: [JSONValue]) -> JSONValue {
        let amounts: JSONValue = [
            "cpu": Quantity(milli: capacity.cpuMillis).json, "memory": Quantity(capacity.memoryBytes / 1024 * 1024, .binarySI).json, "pods": "110",
        ]
        return [
            "capacity": amounts, "allocatable": amounts,
            "addresses": [
                ["type": "InternalIP", "address": .string(configuration.address)], ["type": "Hostname", "address": .string(configuration.nodeName)],
            ],
            "daemonEndpoints": ["kubeletEndpoint": ["Port": .integer(Int64(configuration.kubeletPort))]],
            "nodeInfo": [
                "kubeletVersion": .string(configuration.version), "kubeProxyVersion": "",
                "containerRuntimeVersion": .string("process://\(groups.name.replacingSpaces)"),
                "operatingSystem": "linux", "architecture": "amd64", "kernelVersion": .string(capacity.kernel), "osImage": .string(capacity.system),
                "machineID": "", "systemUUID": "", "bootID": .string(capacity.bootID),
            ],
            "conditions": .array(conditions(previous)),
        ]
    }

    private func conditions(_ previous: [JSONValue]) -> [JSONValue] {
        let all: [(String, String, String, String)] = [
            ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        ]
        let time = now().description
        return all.map { type, status, reason, message in
            let known = previous.first { $0["type"]?.string == type && $0["status"]?.string == status }
            return [
                "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
                "lastHeartbeatTime": .string(time),
                "lastTransitionTime": known?["lastTransitionTime"] ?? .string(time),
            ]
        }
    }
}

/// A node's share of the host.
struct NodeCapacity: Sendable, Hashable {
    var cpuMillis: Int64
    var memoryBytes: Int64
    var kernel: String
    var system: String
    var bootID: String

    /// - Parameter count: How many nodes share it.
    static func read(sharedBy count: Int) -> NodeCapacity {
        let processors = Int64(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let memory = Int64(max(1, sysconf(Int32(_SC_PHYS_PAGES)))) * Int64(max(1, sysconf(Int32(_SC_PAGESIZE))))
        let release = KernelFile.read("/etc/os-release")?.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return NodeCapacity(
            cpuMillis: processors * 1000 / Int64(count), memoryBytes: memory / Int64(count),
            kernel: KernelFile.read("/proc/sys/kernel/osrelease").map { String($0.prefix { $0 != "\n" }) } ?? "",
            system: release.map { String($0.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" }) } ?? "Linux",
            bootID: KernelFile.read("/proc/sys/kernel/random/boot_id").map { String($0.prefix { $0 != "\n" }) } ?? "")
    }
}

extension String {
    /// What stands before a parenthesis, with dashes: a runtime's version has no spaces.
    fileprivate var replacingSpaces: String { String(prefix { $0 != "(" }).split(separator: " ").joined(separator: "-") }
}
