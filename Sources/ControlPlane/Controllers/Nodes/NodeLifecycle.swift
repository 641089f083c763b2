// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Synchronization

/// Says of nodes whose agent is silent that nothing is known of them, and removes the pods of nodes that are gone.
///
/// Silence is measured here, from the last change of a node's Lease that was seen, so that clocks which differ do no harm.
/// - Source: kubernetes pkg/controller/nodelifecycle, pkg/controller/podgc
struct NodeLifecycle<C: Clock & Sendable>: Reconciler where C.Duration == Duration {
    /// kube-controller-manager's `--node-monitor-grace-period` and podgc's quarantine.
    static var grace: Duration { .seconds(40) }

    let client: KubeClient
    let nodes: Informer
    let pods: Informer
    let heartbeats: Heartbeats<C>
    let recorder: EventRecorder
    let now: @Sendable () -> Timestamp

    func reconcile(_ name: String) async throws -> Requeue {
        guard let node = nodes.get(NamespacedName(namespace: "", name: name)) else {
            try await removePods(of: name)
            return .never
        }
        let silence = heartbeats.silence(of: name)
        guard silence >= Self.grace else { return .after(Self.grace - silence) }
        try await markUnknown(node)
        // Where none is heard of, the silence is ours: this machine slept, say. Nothing can be replaced elsewhere anyhow.
        guard nodes.list().contains(where: { heartbeats.silence(of: $0.name) < Self.grace }) else { return .after(Self.grace) }
        return try await evict(from: name, silence: silence - Self.grace)
    }

    /// Has pods replaced elsewhere that don't tolerate the silence any longer; comes back for those that still do.
    private func evict(from name: String, silence: Duration) async throws -> Requeue {
        var next: Duration?
        for pod in pods.list(index: SharedInformers.byNode, name) where Pod(pod).isActive {
            guard let patience = NodeConditions.patience(of: pod) else { continue }
            guard patience <= silence else {
                next = min(next ?? patience, patience)
                continue
            }
            do {
                try await client.delete(.pods, pod)
            } catch let error as APIError where error.reason == .notFound {}
        }
        return next.map { .after($0 - silence) } ?? .never
    }

    private func markUnknown(_ node: KubeObject) async throws {
        if let conditions = NodeConditions.unknown(node, now: now()) {
            recorder.record(node, .normal, reason: "NodeNotReady", message: "Node \(node.name) status is now: NodeNotReady")
            try await client.patch(
                .nodes, name: node.name, subresource: "status",
                .strategicMerge(["metadata": ["uid": .string(node.uid)], "status": ["conditions": .array(conditions)]]))
        }
        // Also where the node was marked before, and a pod then could not be.
        for pod in pods.list(index: SharedInformers.byNode, node.name) where Pod(pod).isReady { try await markUnready(pod) }
    }

    private func markUnready(_ pod: KubeObject) async throws {
        let condition: JSONValue = ["type": "Ready", "status": "False", "reason": "NodeNotReady", "lastTransitionTime": .string(now().description)]
        do {
            try await client.patch(
                .pods, namespace: pod.namespace, name: pod.name, subresource: "status",
                .strategicMerge(["metadata": ["uid": .string(pod.uid)], "status": ["conditions": [condition]]]))
        } catch let error as APIError where error.reason == .notFound {}
    }

    private func removePods(of name: String) async throws {
        let lost = pods.list(index: SharedInformers.byNode, name)
        guard !lost.isEmpty else { return }
        do {
            _ = try await client.get(.nodes, name: name)
            return
        } catch let error as APIError where error.reason == .notFound {}
        for pod in lost {
            do {
                // Nobody is left to end it gracefully.
                try await client.delete(.pods, pod, gracePeriodSeconds: 0)
            } catch let error as APIError where error.reason == .notFound {}
        }
    }
}

/// When each node last gave a sign of life.
final class Heartbeats<C: Clock & Sendable>: Sendable where C.Duration == Duration {
    private let clock: C
    private let times = Mutex<[String: C.Instant]>([:])

    init(clock: C) { self.clock = clock }

    func beat(_ node: String) { times.withLock { $0[node] = clock.now } }
    func forget(_ node: String) { times.withLock { $0[node] = nil } }

    /// Counted from now on for a node that has never been heard of.
    func silence(of node: String) -> Duration {
        let now = clock.now
        return times.withLock { times in
            if let last = times[node] { return last.duration(to: now) }
            times[node] = now
            return .zero
        }
    }
}

enum NodeConditions {
    /// How long a pod stays bound to a node that is silent: what its tolerations say, five minutes where they say nothing,
    /// nil for ever.
    static func patience(of pod: KubeObject) -> Duration? {
        let matching = (pod.spec["tolerations"]?.array ?? []).filter { toleration in
            let (key, effect) = (toleration["key"]?.string ?? "", toleration["effect"]?.string ?? "")
            return (key == "node.kubernetes.io/unreachable" || key.isEmpty && toleration["operator"] == "Exists")
                && (effect.isEmpty || effect == "NoExecute")
        }
        guard !matching.isEmpty else { return .seconds(300) }
        return matching.compactMap { $0["tolerationSeconds"]?.int.map { .seconds(max(0, min($0, 1 << 32))) } }.min()
    }

    /// The conditions of a node nothing is heard of; nil where they say so already.
    static func unknown(_ node: KubeObject, now: Timestamp) -> [JSONValue]? {
        guard node.condition("Ready")?["status"]?.string != "Unknown" else { return nil }
        return ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"].map { type in
            let known = node.condition(type)
            return [
                "type": .string(type), "status": "Unknown", "reason": known == nil ? "NodeStatusNeverUpdated" : "NodeStatusUnknown",
                "message": known == nil ? "Kubelet never posted node status." : "Kubelet stopped posting node status.",
                "lastHeartbeatTime": known?["lastHeartbeatTime"] ?? .string(now.description), "lastTransitionTime": .string(now.description),
            ]
        }
    }
}
