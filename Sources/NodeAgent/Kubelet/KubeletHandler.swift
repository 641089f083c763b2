// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ExpositionText
import KubeModel
import NIOHTTP1

/// A node's own endpoints, on port 10250 of its address.
struct KubeletHandler: APIHandler {
    let node: String
    let manager: PodManager
    let usage: NodeUsage
    /// The node's share of the host.
    let capacity: ResourceLimits
    let start: Timestamp
    let now: @Sendable () -> Timestamp

    func handle(_ request: APIRequest) throws -> APIAnswer {
        guard request.method == .GET else { throw APIError(code: 405, reason: .methodNotAllowed, message: "the node's endpoints are only read") }
        let parts = request.path.split(separator: "/").map(String.init)
        switch parts.first {
        case "healthz": return .ready(APIResponse(contentType: "text/plain; charset=utf-8", body: Array("ok".utf8)))
        case "metrics" where parts.count == 1: return exposition { KubeletMetrics(node: node, metrics: $0).text }
        case "metrics" where parts == ["metrics", "resource"]: return exposition(\.text)
        case "metrics" where parts == ["metrics", "cadvisor"]: return exposition { ContainerMetrics(metrics: $0, capacity: capacity).text }
        case "stats" where parts == ["stats", "summary"]:
            return .deferred {
                APIResponse(contentType: "application/json", body: StatsSummary(node: node, metrics: await metrics()).json.encoded)
            }
        case "pods" where parts.count == 1:
            return .deferred {
                var items: [JSONValue] = []
                for worker in manager.all { items.append(.object(await worker.pod.json)) }
                let list: JSONValue = ["apiVersion": "v1", "kind": "PodList", "metadata": [:], "items": .array(items)]
                return APIResponse(contentType: "application/json", body: list.encoded)
            }
        case "containerLogs" where parts.count == 4:
            let options = try LogOptions(request.query, now: now())
            return .stream { writer in
                try await log(NamespacedName(namespace: parts[1], name: parts[2]), container: parts[3], options, to: writer)
            }
        default: throw APIError.noSuchPath
        }
    }

    private func exposition(_ text: @escaping @Sendable (ResourceMetrics) -> [UInt8]) -> APIAnswer {
        .deferred { APIResponse(contentType: ExpositionWriter.contentType, body: text(await metrics())) }
    }

    private func metrics() async -> ResourceMetrics {
        var pods: [ResourceMetrics.Pod] = []
        var cpu: [String: UInt64] = [:]
        var memory: UInt64 = 0
        for worker in manager.all {
            let (pod, containers) = await worker.samples()
            for container in containers {
                cpu["\(pod.uid)/\(container.name)/\(container.startTime.nanosecondsSinceEpoch)"] = container.usage.cpuNanoseconds
                memory &+= container.usage.memoryBytes
            }
            pods.append(ResourceMetrics.Pod(namespace: pod.namespace, name: pod.name, uid: pod.uid, containers: containers))
        }
        return ResourceMetrics(
            pods: pods, nodeStart: start, nodeCPUNanoseconds: usage.cpuNanoseconds(cpu), nodeMemoryBytes: usage.memoryBytes(memory), time: now())
    }

    private func log(_ name: NamespacedName, container: String, _ options: LogOptions, to writer: any ResponseWriter) async throws {
        guard let worker = await manager.worker(name) else { throw APIError.notFound(GroupResource(group: "", resource: "pods"), name.name) }
        guard let path = await worker.log(container: container, previous: options.previous) else {
            throw APIError.badRequest(
                options.previous
                    ? "previous terminated container \"\(container)\" in pod \"\(name.name)\" not found"
                    : "container \(container) is not valid for pod \(name.name)")
        }
        guard let reader = LogReader(path, lastLines: options.tailLines) else {
            if options.previous { throw APIError.badRequest("previous terminated container \"\(container)\" in pod \"\(name.name)\" not found") }
            throw APIError.badRequest("container \"\(container)\" in pod \"\(name.name)\" is waiting to start: ContainerCreating")
        }
        try await writer.start(.ok, ["Content-Type": "text/plain"])
        var remaining = options.limitBytes ?? .max
        var isOver = !options.follow
        while remaining > 0 {
            let records = reader.records()
            if !records.isEmpty {
                let text = options.text(of: records).prefix(remaining)
                remaining -= text.count
                if !text.isEmpty { try await writer.write(Array(text)) }
            } else if isOver {
                return
            } else if await worker.isWriting(log: path, container: container) {
                try await Task.sleep(for: .milliseconds(100))
            } else {
                // What was printed last is still to be read.
                isOver = true
            }
        }
    }
}
