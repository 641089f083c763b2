// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ExpositionText
import Foundation
import KubeModel
import NIOHTTP1

/// A node's own endpoints, on port 10250 of its address.
struct KubeletHandler: APIHandler {
    let manager: PodManager
    let usage: NodeUsage
    let start: Timestamp
    let now: @Sendable () -> Timestamp

    func handle(_ request: APIRequest) throws -> APIAnswer {
        guard request.method == .GET else { throw APIError(code: 405, reason: .methodNotAllowed, message: "the node's endpoints are only read") }
        let parts = request.path.split(separator: "/").map(String.init)
        switch parts.first {
        case "healthz": return .ready(APIResponse(contentType: "text/plain; charset=utf-8", body: Array("ok".utf8)))
        case "metrics" where parts == ["metrics", "resource"]:
            return .deferred { APIResponse(contentType: ExpositionWriter.contentType, body: await metrics().text) }
        case "pods" where parts.count == 1:
            return .deferred {
                var items: [JSONValue] = []
                for worker in manager.all { items.append(.object(await worker.pod.json)) }
                let list: JSONValue = ["apiVersion": "v1", "kind": "PodList", "metadata": [:], "items": .array(items)]
                return APIResponse(contentType: "application/json", body: list.encoded)
            }
        case "containerLogs" where parts.count == 4:
            let options = try LogOptions(request.query)
            return .stream { writer in
                try await log(NamespacedName(namespace: parts[1], name: parts[2]), container: parts[3], options, to: writer)
            }
        default: throw APIError.noSuchPath
        }
    }

    private func metrics() async -> ResourceMetrics {
        var pods: [ResourceMetrics.Pod] = []
        var cpu: [String: UInt64] = [:]
        var memory: UInt64 = 0
        for worker in manager.all {
            let (pod, containers) = await worker.samples()
            for container in containers {
                cpu["\(pod.uid)/\(container.name)/\(container.startTime.seconds)"] = container.usage.cpuNanoseconds
                memory &+= container.usage.memoryBytes
            }
            pods.append(ResourceMetrics.Pod(namespace: pod.namespace, name: pod.name, containers: containers))
        }
        return ResourceMetrics(
            pods: pods, nodeStart: start, nodeCPUNanoseconds: usage.cpuNanoseconds(cpu), nodeMemoryBytes: usage.memoryBytes(memory), time: now())
    }

    private func log(_ name: NamespacedName, container: String, _ options: LogOptions, to writer: any ResponseWriter) async throws {
        guard let worker = await manager.worker(name) else { throw APIError.notFound(GroupResource(group: "", resource: "pods"), name.name) }
        guard let path = await worker.log(container: container, previous: options.previous) else {
            throw APIError.badRequest(
                options.previous
                    ? "previous terminated container \"\(container)\" in pod \"\(name.name)\" not found" : "container \(container) is not valid for pod \(name.name)")
        }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            if options.previous { throw APIError.badRequest("previous terminated container \"\(container)\" in pod \"\(name.name)\" not found") }
            throw APIError.badRequest("container \"\(container)\" in pod \"\(name.name)\" is waiting to start: ContainerCreating")
        }
        defer { try? handle.close() }
        let start = try options.tailLines.map { try ContainerLogs.offset(ofLast: $0, in: handle) } ?? 0
        try handle.seek(toOffset: start)
        try await writer.start(.ok, ["Content-Type": "text/plain"])
        var remaining = options.limitBytes ?? .max
        while remaining > 0 {
            if let data = try handle.read(upToCount: min(remaining, 64 << 10)), !data.isEmpty {
                remaining -= data.count
                try await writer.write(Array(data))
            } else if options.follow, await worker.log(container: container, previous: false) == path, !worker.stop.isSet {
                try await Task.sleep(for: .milliseconds(100))
            } else {
                return
            }
        }
    }
}

/// What `kubectl logs` asks for.
struct LogOptions: Sendable, Hashable {
    var follow: Bool
    var previous: Bool
    /// nil: all.
    var tailLines: Int?
    var limitBytes: Int?

    /// - Throws: `APIError` for what is no number, and for times, which a program's own output does not carry.
    init(_ query: Query) throws(APIError) {
        follow = query["follow"] != nil && query.flag("follow")
        previous = query["previous"] != nil && query.flag("previous")
        tailLines = try Self.number(query, "tailLines")
        limitBytes = try Self.number(query, "limitBytes")
        if query["timestamps"] != nil && query.flag("timestamps") || query["sinceSeconds"] != nil || query["sinceTime"] != nil {
            throw .badRequest("logs are kept as the program wrote them, without times: --timestamps, --since and --since-time are not to be had on this node")
        }
    }

    private static func number(_ query: Query, _ name: String) throws(APIError) -> Int? {
        guard let text = query[name] else { return nil }
        guard let number = Int(text), number >= 0 else { throw .badRequest("\(name): \"\(text)\" is not a number from 0") }
        return number
    }
}

/// Only the API server, the metrics server and administrators may ask a node.
struct KubeletAuthorizer: Authorizer {
    let allowedUsers: Set<String>

    func authorize(_ user: UserInfo, _ info: RequestInfo, _ query: Query) -> AuthorizationAnswer {
        let isAllowed = allowedUsers.contains(user.name) || user.groups.contains(UserInfo.mastersGroup)
        return .ready(isAllowed ? .allowed : .refused)
    }
}
