// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import ScalingRules

/// A target's scale as it follows from the target itself, for kinds whose scale is known to be nothing else.
struct FollowedScale: Sendable {
    var version: String
    var scale: TargetScale
    var selector: Result<LabelSelector, SelectorFailure>

    /// - Source: `scaleFromDeployment`, `scaleFromReplicaSet`, `scaleFromStatefulSet`, `scaleFromRC`, kubernetes v1.36 pkg/registry
    init(_ target: KubeObject) {
        version = target.resourceVersion
        scale = TargetScale(
            specReplicas: target.value(at: "spec", "replicas")?.int32 ?? 0, statusReplicas: target.value(at: "status", "replicas")?.int32 ?? 0,
            selector: Self.selector(target))
        do throws(SelectorFailure) { selector = .success(try parseSelector(scale.selector)) } catch { selector = .failure(error) }
    }

    private static func selector(_ target: KubeObject) -> String {
        let selector = target.value(at: "spec", "selector")
        // A ReplicationController's is a plain map of labels.
        if target.apiVersion == "v1" { return LabelSelector(labels: selector?.stringMap ?? [:]).description }
        return (try? LabelSelector(object: selector))?.description ?? ""
    }

    /// Whether the scale of a resource is known to follow from its objects.
    static func isKnown(of resource: GroupResource) -> Bool {
        switch resource.group {
        case "apps", "extensions": ["deployments", "replicasets", "statefulsets"].contains(resource.resource)
        case "": resource.resource == "replicationcontrollers"
        default: false
        }
    }

    /// All that a scale is made of.
    static func fields(of target: KubeObject) -> KubeObject {
        var kept = KubeObject(target.groupVersionKind, namespace: target.namespace, name: target.name)
        for field in ["uid", "resourceVersion"] { kept.set(target.value(at: "metadata", field), at: "metadata", field) }
        for field in ["replicas", "selector"] { kept.set(target.value(at: "spec", field), at: "spec", field) }
        kept.set(target.value(at: "status", "replicas"), at: "status", "replicas")
        return kept
    }
}
