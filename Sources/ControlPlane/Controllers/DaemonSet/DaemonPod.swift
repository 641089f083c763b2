// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What makes a pod a DaemonSet's, on one node.
///
/// - Source: kubernetes pkg/controller/daemon/util/daemonset_util.go
enum DaemonPod {
    static let hashLabel = "controller-revision-hash"
    static let generationLabel = "pod-template-generation"

    /// A pod for `node`, to be named by the server and placed by the scheduler.
    static func make(of set: DaemonSet, on node: String, hash: String) -> KubeObject {
        let template = set.template
        var metadata: JSONObject = ["generateName": .string("\(set.name)-"), "namespace": .string(set.object.namespace)]
        for field in ["labels", "annotations", "finalizers"] { metadata[field] = template["metadata"]?[field] }
        metadata["ownerReferences"] = [OwnerReference(controller: set.object).json]
        var pod = KubeObject(["apiVersion": "v1", "kind": "Pod", "metadata": .object(metadata), "spec": spec(of: template)])
        pod.labels[hashLabel] = hash
        pod.labels[generationLabel] = set.templateGeneration.map(String.init)
        pod.set(NodeAffinity.pinned(template.value(at: "spec", "affinity"), to: node), at: "spec", "affinity")
        return pod
    }

    /// The spec of a template with what every daemon tolerates.
    static func spec(of template: JSONValue) -> JSONValue {
        var spec = template["spec"] ?? [:]
        var tolerations = spec["tolerations"]?.array ?? []
        let isOnHostNetwork = spec["hostNetwork"]?.bool ?? false
        for (key, effect) in tolerated where key != networkUnavailable || isOnHostNetwork {
            let toleration: JSONValue = ["key": .string(key), "operator": "Exists", "effect": .string(effect)]
            tolerations.removeAll { other in
                ["key", "operator", "effect"].allSatisfy { other[$0] == toleration[$0] }
            }
            tolerations.append(toleration)
        }
        spec["tolerations"] = .array(tolerations)
        return spec
    }

    /// A daemon stays where its node has trouble, and goes where others may not.
    private static let tolerated = [
        ("node.kubernetes.io/not-ready", "NoExecute"), ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"), ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"), (NodeTaints.unschedulable, "NoSchedule"), (networkUnavailable, "NoSchedule"),
    ]
    private static let networkUnavailable = "node.kubernetes.io/network-unavailable"

    /// Where a pod runs, or is to.
    static func node(of pod: Pod) -> String { pod.nodeName.isEmpty ? NodeAffinity.nodeName(pod.object.spec) ?? "" : pod.nodeName }

    /// Whether a pod is of the set's template: by its hash, or by the count of templates that older ones went by.
    static func isUpdated(_ pod: Pod, hash: String, of set: DaemonSet) -> Bool {
        if pod.object.labels[hashLabel] == hash { return true }
        guard let generation = set.templateGeneration else { return false }
        return pod.object.labels[generationLabel] == String(generation)
    }

    /// Scheduled ones first, then the older.
    static func precedes(_ left: Pod, _ right: Pod) -> Bool {
        if left.nodeName.isEmpty != right.nodeName.isEmpty { return !left.nodeName.isEmpty }
        let (one, other) = (left.object.creationTimestamp ?? .zero, right.object.creationTimestamp ?? .zero)
        return one == other ? left.name < right.name : one < other
    }
}
