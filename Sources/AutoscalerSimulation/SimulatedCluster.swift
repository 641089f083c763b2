// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Synchronization
import TestKit

/// An API server with workloads, and metrics of them, on a clock that the simulation moves; faults happen as long as they are set.
final class SimulatedCluster: Transport {
    /// What goes wrong at the moment.
    struct Faults: Sendable, Hashable {
        /// The share of requests that the server fails.
        var failingRequests = 0.0
        var metricsAreDown = false
        /// The share of pods that the metrics API leaves out.
        var missingPods = 0.0
        /// The share of pods with a value that is no quantity.
        var garbledPods = 0.0
        /// Samples stay as they are.
        var metricsStandStill = false
        /// Autoscalers and targets are known as they were when this began.
        var knowledgeStandsStill = false
    }

    struct ScaleWrite: Sendable {
        var workload: String
        var from: Int
        var to: Int
        var second: Int
    }

    struct State: Sendable {
        var random: SeededRandom
        var second = 0
        var workloads: [String: SimulatedWorkload] = [:]
        var lease: KubeObject?
        var leaseVersion = 0
        var faults = Faults()
        var writes: [ScaleWrite] = []
        /// Of the step that is being made.
        var failedMetrics: Set<String> = []
        var reportedMilli: [String: Int] = [:]
        /// Somebody else writes the target between the next read of its scale and the next write.
        var interferes = false
        /// A pod that nothing is known of is told to use nothing; for a controller that would take that for true.
        var reportsMissingAsZero = false
        /// Writes over versions that were no longer the newest, all refused.
        var refusedWrites = 0
    }

    private let state: Mutex<State>
    /// What seconds are counted from.
    static let start = Timestamp(seconds: 1_800_000_000)

    init(_ state: State) { self.state = Mutex(state) }

    func with<Result>(_ body: (inout State) -> Result) -> Result { state.withLock { body(&$0) } }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        let path = request.path.split(separator: "?").first.map(String.init) ?? ""
        let parts = path.split(separator: "/").map(String.init)
        let body = (try? JSONValue.parse(request.body))?.object.map { KubeObject($0) }
        return state.withLock { state in
            if path == "/apis/apps" { return .json(200, ["versions": [["version": "v1"]], "preferredVersion": ["version": "v1"]]) }
            if path == "/apis/apps/v1" { return .json(200, ["resources": [["name": "deployments", "kind": "Deployment"]]]) }
            if let metrics = state.metrics(parts) { return metrics }
            if state.faults.failingRequests > 0, state.random.happens(state.faults.failingRequests) {
                return .json(500, APIError(code: 500, reason: .internalError, message: "the disk is full").status)
            }
            return state.object(request.method, parts, body)
        }
    }
}

extension SimulatedCluster.State {
    // MARK: Metrics

    fileprivate mutating func metrics(_ parts: [String]) -> ClientResponse? {
        guard parts.count > 2, parts[1].hasSuffix("metrics.k8s.io") else { return nil }
        let isDown = faults.metricsAreDown || (faults.failingRequests > 0 && random.happens(faults.failingRequests))
        if parts[1] == "external.metrics.k8s.io" {
            let metric = parts.last ?? ""
            guard !isDown, let workload = workloads[String(metric.dropFirst("queue-".count))] else {
                failedMetrics.insert(metric)
                return .json(503, APIError.serviceUnavailable("the server is currently unable to handle the request").status)
            }
            return .json(200, ["items": [["metricName": .string(metric), "value": .string("\(workload.queue)")]]])
        }
        guard !isDown else {
            failedMetrics.insert("cpu")
            return .json(503, APIError.serviceUnavailable("the server is currently unable to handle the request").status)
        }
        return .json(200, ["kind": "PodMetricsList", "items": .array(podMetrics())])
    }

    private mutating func podMetrics() -> [JSONValue] {
        var items: [JSONValue] = []
        for name in workloads.keys.sorted() {
            guard let workload = workloads[name] else { continue }
            var reported = 0
            for pod in workload.pods {
                guard let sample = pod.sample else { continue }
                let isMissing = faults.missingPods > 0 && random.happens(faults.missingPods)
                if isMissing, !reportsMissingAsZero { continue }
                let isGarbled = faults.garbledPods > 0 && random.happens(faults.garbledPods)
                // Long enough ready to count whatever the initialization period says.
                if !isGarbled, second - pod.readyAt > 400, sample.time > pod.readyAt + 30 { reported += sample.milli }
                items.append([
                    "metadata": ["name": .string(pod.name), "namespace": "shop", "labels": ["app": .string(name)]],
                    "timestamp": .string((SimulatedCluster.start + .seconds(sample.time)).description), "window": "15s",
                    "containers": [["name": "main", "usage": ["cpu": .string(isGarbled ? "NaN" : isMissing ? "0" : "\(sample.milli)m")]]],
                ])
            }
            reportedMilli[name] = reported
        }
        return items
    }

    // MARK: Objects

    fileprivate mutating func object(_ method: String, _ parts: [String], _ sent: KubeObject?) -> ClientResponse {
        // /apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME[/SUBRESOURCE]
        guard parts.count >= 6 else { return .json(404, APIError.noSuchPath.status) }
        let (resource, name) = (parts[5], parts.count > 6 ? parts[6] : "")
        switch (method, resource) {
        case ("GET", "deployments"): return scale(name)
        case ("PUT", "deployments"): return writeScale(name, sent)
        case ("GET", "horizontalpodautoscalers"):
            guard let workload = workloads[name] else { return .json(404, APIError.noSuchPath.status) }
            return .json(200, .object(workload.autoscaler.json))
        case ("PATCH", "horizontalpodautoscalers"): return writeStatus(name, sent)
        case (_, "leases"): return leases(method, sent)
        default: return .json(404, APIError.noSuchPath.status)
        }
    }

    private mutating func scale(_ name: String) -> ClientResponse {
        guard let workload = workloads[name] else {
            return .json(404, APIError.notFound(GroupResource(group: "apps", resource: "deployments"), name).status)
        }
        let answer = ClientResponse.json(200, .object(workload.scale.json))
        if interferes {
            interferes = false
            workloads[name]?.version += 1
        }
        return answer
    }

    private mutating func writeScale(_ name: String, _ sent: KubeObject?) -> ClientResponse {
        guard let workload = workloads[name], let sent, let replicas = sent.value(at: "spec", "replicas")?.int else {
            return .json(400, APIError.badRequest("no scale").status)
        }
        guard sent.resourceVersion == "\(workload.version)" else {
            refusedWrites += 1
            return .json(409, APIError.staleWrite(GroupResource(group: "apps", resource: "deployments"), name).status)
        }
        writes.append(SimulatedCluster.ScaleWrite(workload: name, from: workload.replicas, to: Int(replicas), second: second))
        workloads[name]?.replicas = Int(replicas)
        workloads[name]?.version += 1
        return .json(200, .object(workloads[name]?.scale.json ?? [:]))
    }

    private mutating func writeStatus(_ name: String, _ sent: KubeObject?) -> ClientResponse {
        guard var object = workloads[name]?.autoscaler, let sent else { return .json(404, APIError.noSuchPath.status) }
        guard sent.resourceVersion.isEmpty || sent.resourceVersion == object.resourceVersion else {
            return .json(409, APIError.staleWrite(GroupResource(group: "autoscaling", resource: "horizontalpodautoscalers"), name).status)
        }
        object["status"] = object.status.mergePatched(with: sent.status)
        object.resourceVersion = "\((Int(object.resourceVersion) ?? 0) + 1)"
        workloads[name]?.autoscaler = object
        return .json(200, .object(object.json))
    }

    private mutating func leases(_ method: String, _ sent: KubeObject?) -> ClientResponse {
        if method == "GET" {
            guard let lease else {
                return .json(404, APIError.notFound(GroupResource(group: "coordination.k8s.io", resource: "leases"), "hpa").status)
            }
            return .json(200, .object(lease.json))
        }
        guard var sent, method == "POST" ? lease == nil : sent.resourceVersion == lease?.resourceVersion else {
            return .json(409, APIError.staleWrite(GroupResource(group: "coordination.k8s.io", resource: "leases"), "hpa").status)
        }
        leaseVersion += 1
        sent.resourceVersion = "\(leaseVersion)"
        lease = sent
        return .json(200, .object(sent.json))
    }
}

extension SimulatedWorkload {
    var scale: KubeObject {
        var scale = KubeObject(GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"), namespace: "shop", name: name)
        scale.resourceVersion = "\(version)"
        scale["spec"] = ["replicas": JSONValue(replicas)]
        scale["status"] = ["replicas": JSONValue(pods.count), "selector": .string("app=\(name)")]
        return scale
    }

    /// As an informer has it.
    var deployment: KubeObject {
        var target = KubeObject(GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"), namespace: "shop", name: name)
        target.resourceVersion = "\(version)"
        target["spec"] = ["replicas": JSONValue(replicas), "selector": ["matchLabels": ["app": .string(name)]]]
        target["status"] = ["replicas": JSONValue(pods.count)]
        return target
    }

    func object(of pod: Pod, at second: Int) -> KubeObject {
        var object = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: "shop", name: pod.name)
        object.labels = ["app": name]
        object["spec"] = ["containers": [["name": "main", "resources": ["requests": ["cpu": .string("\(Self.requestMilli)m")]]]]]
        let isReady = pod.isReady(at: second)
        object["status"] = [
            "phase": "Running", "startTime": .string((SimulatedCluster.start + .seconds(pod.created)).description),
            "conditions": [
                [
                    "type": "Ready", "status": isReady ? "True" : "False",
                    "lastTransitionTime": .string((SimulatedCluster.start + .seconds(isReady ? pod.readyAt : pod.created)).description),
                ]
            ],
        ]
        return object
    }
}
