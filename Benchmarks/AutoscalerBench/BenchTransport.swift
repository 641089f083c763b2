// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Synchronization

/// Answers for metrics.k8s.io, whose answers are made beforehand, and counts what is asked of it and of the API behind it.
final class BenchTransport: Transport {
    struct Counts: Sendable, Equatable {
        var metrics = 0
        var scales = 0
        var writes = 0
        var others = 0
        var all: Int { metrics + scales + writes + others }
    }

    private struct State {
        var counts = Counts()
        /// When the first request of a round came; nil between rounds.
        var roundBegan: ContinuousClock.Instant?
        var round = 0
    }

    private let api: any Transport
    /// By variant of the noise and namespace: one after the other, round by round.
    private let metrics: [[[UInt8]]]
    private let state = Mutex(State())

    init(_ api: any Transport, objects: BenchObjects, noise: Double) {
        self.api = api
        var random = SystemRandomNumberGenerator()
        metrics = (0..<(noise == 0 ? 1 : 4)).map { _ in (0..<objects.namespaces).map { objects.podMetrics($0, noise: noise, &random) } }
    }

    var roundBegan: ContinuousClock.Instant? { state.withLock { $0.roundBegan } }

    /// The counts since the last call.
    func endRound() -> Counts {
        state.withLock { state in
            defer {
                state.counts = Counts()
                state.roundBegan = nil
                state.round += 1
            }
            return state.counts
        }
    }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        if request.path.hasPrefix("/apis/metrics.k8s.io/") {
            let round = state.withLock { state in
                if state.roundBegan == nil { state.roundBegan = .now }
                state.counts.metrics += 1
                return state.round
            }
            // …/namespaces/ns-7/pods
            let number = request.path.split(separator: "/").dropLast().last?.dropFirst(3).prefix { $0.isNumber }
            return ClientResponse(status: 200, body: ResponseBody(metrics[round % metrics.count][number.flatMap { Int($0) } ?? 0]))
        }
        state.withLock { state in
            if request.method != "GET" {
                state.counts.writes += 1
            } else if request.path.hasSuffix("/scale") {
                state.counts.scales += 1
            } else {
                state.counts.others += 1
            }
        }
        return try await api.send(request)
    }
}

/// An API in this process that costs next to nothing: lists made beforehand, watches that stay silent, patches merged into what is kept.
final class ModelAPI: Transport {
    private let lists: [String: [UInt8]]
    private let discovery: [String: [UInt8]]
    private let refusesTargets: Bool
    private let objects: Mutex<[String: KubeObject]>
    private let silence = Mutex<[AsyncStream<[UInt8]>.Continuation]>([])

    /// - Parameter refusesTargets: Deployments may not be listed, so that every scale has to be asked for: the cost of not watching them.
    init(_ bench: BenchObjects, refusesTargets: Bool) {
        self.refusesTargets = refusesTargets
        var objects: [String: KubeObject] = [:]
        func list(_ all: [KubeObject]) -> [UInt8] {
            JSONValue.object(["metadata": ["resourceVersion": "1"], "items": .array(all.map { .object($0.json) })]).encoded
        }
        var autoscalers: [KubeObject] = []
        var deployments: [KubeObject] = []
        var pods: [KubeObject] = []
        for index in 0..<bench.autoscalers {
            var autoscaler = bench.autoscaler(index)
            autoscaler.resourceVersion = "1"
            autoscaler.set(.string("uid-\(index)"), at: "metadata", "uid")
            autoscalers.append(autoscaler)
            objects["/apis/autoscaling/v2/namespaces/\(autoscaler.namespace)/horizontalpodautoscalers/\(autoscaler.name)"] = autoscaler
            var deployment = bench.deployment(index)
            deployment.resourceVersion = "1"
            deployments.append(deployment)
            var scale = KubeObject(
                GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"), namespace: deployment.namespace, name: deployment.name)
            scale.resourceVersion = "1"
            scale["spec"] = ["replicas": JSONValue(BenchObjects.podsEach)]
            scale["status"] = ["replicas": JSONValue(BenchObjects.podsEach), "selector": .string("app=\(deployment.name)")]
            objects["/apis/apps/v1/namespaces/\(deployment.namespace)/deployments/\(deployment.name)/scale"] = scale
            for number in 0..<BenchObjects.podsEach { pods.append(bench.pod(index, number)) }
        }
        lists = [
            "/apis/autoscaling/v2/horizontalpodautoscalers": list(autoscalers), "/api/v1/pods": list(pods),
            "/apis/apps/v1/deployments": list(deployments),
        ]
        discovery = [
            "/apis/apps": JSONValue.object(["versions": [["version": "v1"]], "preferredVersion": ["version": "v1"]]).encoded,
            "/apis/apps/v1": JSONValue.object(["resources": [["name": "deployments", "kind": "Deployment"]]]).encoded,
        ]
        self.objects = Mutex(objects)
    }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        let path = String(request.path.prefix { $0 != "?" })
        if request.path.contains("watch=true") {
            let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .unbounded)
            silence.withLock { $0.append(continuation) }
            return ClientResponse(status: 200, body: ResponseBody(stream))
        }
        if refusesTargets, path == "/apis/apps/v1/deployments" {
            return Self.answer(403, APIError.forbidden(GroupResource(group: "apps", resource: "deployments"), "", "no").status.encoded)
        }
        if let known = lists[path] ?? discovery[path] { return Self.answer(200, known) }
        if request.method == "GET", let object = objects.withLock({ $0[path] }) { return Self.answer(200, object.encoded) }
        if request.method == "PATCH", path.hasSuffix("/status") {
            let patch = try JSONValue.parse(request.body)
            let key = String(path.dropLast("/status".count))
            let patched = objects.withLock { objects -> KubeObject? in
                guard var object = objects[key] else { return nil }
                object["status"] = object.status.mergePatched(with: patch["status"] ?? [:])
                object.resourceVersion = "\((Int(object.resourceVersion) ?? 0) + 1)"
                objects[key] = object
                return object
            }
            if let patched { return Self.answer(200, patched.encoded) }
        }
        return Self.answer(404, APIError.noSuchPath.status.encoded)
    }

    private static func answer(_ status: Int, _ bytes: [UInt8]) -> ClientResponse { ClientResponse(status: status, body: ResponseBody(bytes)) }
}
