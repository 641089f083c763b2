// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Synchronization

/// As much of an API server as the autoscaler asks of one: discovery, autoscalers with status, pods, Deployments with scale, pod metrics,
/// events. Like the real one it refuses writes over an old version, and tells watchers of every change.
final class ClusterModel: Transport {
    struct State {
        var revision: Int64 = 100
        /// By path; scales are kept as `…/deployments/NAME/scale`.
        var objects: [String: KubeObject] = [:]
        var watchers: [(path: String, stream: AsyncStream<[UInt8]>.Continuation)] = []
        var requests: [String] = []
        /// With their queries.
        var metricPaths: [String] = []
        var metrics: [String: ClientAnswer] = [:]
        /// Whether Deployments may be read only one by one.
        var refusesTargets = false
        /// Whether watchers of Deployments are told nothing.
        var hidesTargets = false
        /// Done once, just before the next request of this method and path is answered.
        var surprises: [String: @Sendable (inout State) -> Void] = [:]
    }

    enum ClientAnswer: Sendable {
        case json(Int, JSONValue)
        case text(Int, String)
    }

    private let state = Mutex(State())

    var requests: [String] { state.withLock { $0.requests } }
    var metricPaths: [String] { state.withLock { $0.metricPaths } }
    func count(_ request: String) -> Int { requests.count { $0 == request } }
    func object(_ path: String) -> KubeObject? { state.withLock { $0.objects[path] } }
    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }
    func surprise(_ request: String, _ body: @escaping @Sendable (inout State) -> Void) { state.withLock { $0.surprises[request] = body } }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        let path = String(request.path.prefix { $0 != "?" })
        return state.withLock { state in
            state.requests.append("\(request.method) \(path)")
            state.surprises.removeValue(forKey: "\(request.method) \(path)")?(&state)
            if request.path.contains("metrics.k8s.io/v1beta") { state.metricPaths.append(request.path) }
            if request.path.contains("watch=true") { return Self.watch(path, &state) }
            switch Self.answer(request.method, path, request.body, &state) {
            case .json(let status, let json): return ClientResponse(status: status, body: ResponseBody(json.encoded))
            case .text(let status, let text): return ClientResponse(status: status, body: ResponseBody(Array(text.utf8)))
            }
        }
    }

    private static func watch(_ path: String, _ state: inout State) -> ClientResponse {
        let (pieces, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        state.watchers.append((path, continuation))
        return ClientResponse(status: 200, body: ResponseBody(pieces))
    }

    private static func answer(_ method: String, _ path: String, _ body: [UInt8], _ state: inout State) -> ClientAnswer {
        if method == "GET", let document = discovery[path] { return .json(200, document) }
        if path.contains("metrics.k8s.io/v1beta") { return state.metrics[path] ?? .text(404, "404 page not found\n") }
        let sent = (try? JSONValue.parse(body))?.object.map { KubeObject($0) }
        switch method {
        case "GET":
            if let object = state.objects[path] { return .json(200, .object(object.json)) }
            if path.hasPrefix("/apis/"), path.hasSuffix("/deployments") { return targets(path, state) }
            guard let resource = path.split(separator: "/").last, ["pods", "horizontalpodautoscalers"].contains(resource) else {
                return missing(path)
            }
            let items = state.objects.filter { $0.key.contains("/\(resource)/") }.values.map { JSONValue.object($0.json) }
            return .json(200, ["metadata": ["resourceVersion": .string("\(state.revision)")], "items": .array(items)])
        case "POST":
            guard let sent else { return .json(400, APIError.badRequest("no object").status) }
            state.put("\(path)/\(sent.name)", sent)
            return .json(201, .object(sent.json))
        case "PUT", "PATCH": return write(method, path, sent, &state)
        default: return .json(405, APIError.methodNotAllowed(GroupResource(group: "", resource: path), verb: method).status)
        }
    }

    /// The Deployments whose scales stand here; what they are beyond their scales matters to nobody.
    private static func targets(_ path: String, _ state: State) -> ClientAnswer {
        guard !state.refusesTargets else {
            return .json(403, APIError.forbidden(GroupResource(group: "apps", resource: "deployments"), "", "no").status)
        }
        let group = path.dropLast("deployments".count)
        let scales = state.objects.filter { $0.key.hasPrefix(group) && $0.key.hasSuffix("/scale") }
        return .json(
            200,
            [
                "metadata": ["resourceVersion": .string("\(state.revision)")],
                "items": .array(scales.values.map { .object(State.target($0).json) }),
            ])
    }

    private static func write(_ method: String, _ path: String, _ sent: KubeObject?, _ state: inout State) -> ClientAnswer {
        let key = path.hasSuffix("/status") ? String(path.dropLast("/status".count)) : path
        guard let sent, var object = state.objects[key] else { return missing(path) }
        guard sent.resourceVersion.isEmpty || sent.resourceVersion == object.resourceVersion else {
            return .json(409, APIError.staleWrite(GroupResource(group: "apps", resource: "deployments"), object.name).status)
        }
        if method == "PUT" {
            object = sent
        } else {
            let status = JSONValue.object(object.json).value(at: "status") ?? [:]
            object["status"] = status.mergePatched(with: sent.status)
        }
        state.put(key, object)
        return .json(200, .object(state.objects[key]?.json ?? [:]))
    }

    private static func missing(_ path: String) -> ClientAnswer {
        let parts = path.split(separator: "/").map(String.init)
        guard let index = parts.firstIndex(of: "deployments"), index + 1 < parts.count else { return .json(404, APIError.noSuchPath.status) }
        return .json(404, APIError.notFound(GroupResource(group: parts[1], resource: "deployments"), parts[index + 1]).status)
    }

    private static let discovery: [String: JSONValue] = [
        "/apis/apps": ["versions": [["version": "v1"]], "preferredVersion": ["version": "v1"]],
        "/apis/apps/v1": ["resources": [["name": "deployments", "kind": "Deployment"], ["name": "deployments/scale", "kind": "Scale"]]],
        "/apis/custom.metrics.k8s.io": ["versions": [["version": "v1beta2"], ["version": "v1beta1"]], "preferredVersion": ["version": "v1beta1"]],
        "/apis/extensions": ["versions": [["version": "v1beta1"]], "preferredVersion": ["version": "v1beta1"]],
        "/apis/extensions/v1beta1": ["resources": [["name": "deployments", "kind": "Deployment"]]],
    ]
}

extension ClusterModel.State {
    mutating func put(_ path: String, _ object: KubeObject) {
        revision += 1
        var object = object
        object.resourceVersion = "\(revision)"
        tell(path, objects[path] == nil ? "ADDED" : "MODIFIED", object)
        objects[path] = object
    }

    mutating func remove(_ path: String) {
        revision += 1
        guard var object = objects.removeValue(forKey: path) else { return }
        object.resourceVersion = "\(revision)"
        tell(path, "DELETED", object)
    }

    /// The Deployment of a scale.
    static func target(_ scale: KubeObject) -> KubeObject {
        var target = scale
        target["kind"] = "Deployment"
        let selector = scale.value(at: "status", "selector")?.string ?? ""
        target.set(try? LabelSelector(parsing: selector).object(), at: "spec", "selector")
        return target
    }

    private func tell(_ path: String, _ type: String, _ object: KubeObject) {
        if path.hasSuffix("/scale") {
            guard !hidesTargets else { return }
            let parts = path.split(separator: "/")
            return tell("/" + parts.dropLast().joined(separator: "/"), type, Self.target(object))
        }
        let resource = path.split(separator: "/").dropLast().last.map(String.init) ?? ""
        let event: JSONValue = ["type": .string(type), "object": .object(object.json)]
        for watcher in watchers where watcher.path.hasSuffix("/\(resource)") { watcher.stream.yield(event.encoded + [UInt8(ascii: "\n")]) }
    }
}
