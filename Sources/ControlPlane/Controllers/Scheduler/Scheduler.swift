// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel

/// Gives each new pod a node; those that fit nowhere wait until a node or another pod makes room, and those whose claims have no volumes
/// until they have.
struct Scheduler: Reconciler {
    static let name = "default-scheduler"

    let client: KubeClient
    let pods: Informer
    let nodes: Informer
    let claims: Informer
    let ledger: SchedulerLedger
    let recorder: EventRecorder
    let now: @Sendable () -> Timestamp

    /// Whether a pod waits for this scheduler.
    static func isPending(_ pod: KubeObject) -> Bool {
        let view = Pod(pod)
        return view.nodeName.isEmpty && view.isActive && (pod.spec["schedulerName"]?.string ?? name) == name
            && (pod.spec["schedulingGates"]?.array ?? []).isEmpty
    }

    /// Whether a change of a node can make room, unlike its heartbeat.
    static func isRelevant(old: KubeObject?, new: KubeObject?) -> Bool {
        guard let old, let new else { return new != nil }
        return old.spec != new.spec || old.labels != new.labels || old.status["allocatable"] != new.status["allocatable"]
            || old.condition("Ready")?["status"] != new.condition("Ready")?["status"]
    }

    func reconcile(_ key: NamespacedName) async throws -> Requeue {
        guard let pod = pods.get(key), Self.isPending(pod), !ledger.isPlaced(pod) else { return .never }
        ledger.begin(pod)
        if let problem = Self.problem(of: pod, claim: claims.get) {
            try await report(pod, "0/\(nodes.list().count) nodes are available: \(problem).")
            return .never
        }
        switch ledger.place(pod, among: nodes.list()) {
        case .node(let node): try await bind(pod, to: node)
        case .none(let message): try await report(pod, message)
        }
        return .never
    }

    /// What keeps a pod from every node: claims that are not there, or have no volume yet.
    /// - Source: `VolumeBinding.PreFilter`, kubernetes pkg/scheduler/framework/plugins/volumebinding
    static func problem(of pod: KubeObject, claim: (NamespacedName) -> KubeObject?) -> String? {
        for name in PodReferences.claims(of: pod).sorted() {
            guard let claim = claim(NamespacedName(namespace: pod.namespace, name: name)) else {
                return "persistentvolumeclaim \"\(name)\" not found"
            }
            if claim.isBeingDeleted { return "persistentvolumeclaim \"\(name)\" is being deleted" }
            if claim.status["phase"] != "Bound" { return "pod has unbound immediate PersistentVolumeClaims" }
        }
        return nil
    }

    private func bind(_ pod: KubeObject, to node: String) async throws {
        var binding = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Binding"), namespace: pod.namespace, name: pod.name)
        binding.set(.string(pod.uid), at: "metadata", "uid")
        binding["target"] = ["apiVersion": "v1", "kind": "Node", "name": .string(node)]
        do {
            try await client.create(.pods, binding, subresource: "binding", name: pod.name)
        } catch let error as APIError where error.reason == .notFound || error.reason == .conflict {
            // Deleted, or bound by another: its event tells.
            ledger.withdraw(pod)
            return
        } catch {
            ledger.withdraw(pod)
            throw error
        }
        recorder.record(pod, .normal, reason: "Scheduled", message: "Successfully assigned \(pod.namespacedName) to \(node)")
    }

    private func report(_ pod: KubeObject, _ message: String) async throws {
        recorder.record(pod, .warning, reason: "FailedScheduling", message: message)
        let known = pod.condition("PodScheduled")
        guard known?["message"]?.string != message || known?["status"] != "False" else { return }
        let condition: JSONValue = [
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": .string(message),
            "lastTransitionTime": known?["status"] == "False" ? known?["lastTransitionTime"] ?? .null : .string(now().description),
        ]
        do {
            // Merged by type: the other conditions are the node agent's.
            try await client.patch(
                .pods, namespace: pod.namespace, name: pod.name, subresource: "status",
                .strategicMerge(["metadata": ["uid": .string(pod.uid)], "status": ["conditions": [condition]]]))
        } catch let error as APIError where error.reason == .notFound {}
    }
}
