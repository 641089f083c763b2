// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The resources that a cluster has, by which short and partial names are understood.
///
/// - Source: DefaultRESTMapper, k8s.io/apimachinery pkg/api/meta/restmapper.go
package struct ResourceKinds: Sendable {
    package struct Kind: Sendable, Hashable {
        package var group: String
        package var plural: String
        package var singular: String
        /// The one that objects are told of in.
        package var version: String
        /// `Pod`; empty where it does not matter.
        package var kind: String

        package init(group: String, plural: String, singular: String, version: String = "v1", kind: String = "") {
            self.group = group
            self.plural = plural
            self.singular = singular
            self.version = version
            self.kind = kind
        }

        var groupResource: GroupResource { GroupResource(group: group, resource: plural) }
    }

    private let kinds: [Kind]
    private var byName: [String: [Int]] = [:]

    package init(_ kinds: [Kind]) {
        self.kinds = kinds
        for (index, kind) in kinds.enumerated() {
            byName[kind.plural, default: []].append(index)
            if kind.singular != kind.plural { byName[kind.singular, default: []].append(index) }
        }
    }

    /// What a plural or singular name means, in a group whose name may be given in part.
    package func normalized(_ resource: GroupResource) -> GroupResource? { kind(resource)?.groupResource }

    package func singular(of resource: GroupResource) -> String? { kind(resource)?.singular }

    package func kind(_ resource: GroupResource) -> Kind? {
        let found = (byName[resource.resource.lowercased()] ?? []).map { kinds[$0] }
        if resource.group.isEmpty { return found.first { $0.group.isEmpty } ?? found.first }
        let group = resource.group.lowercased()
        return found.first { $0.group == group } ?? found.first { $0.group.hasPrefix(group) }
    }
}

extension ResourceKinds {
    /// Those that every cluster has and that metrics are made of.
    package static let builtIn: [Kind] = [
        ("", "pods", "Pod"), ("", "services", "Service"), ("", "nodes", "Node"), ("", "namespaces", "Namespace"),
        ("", "persistentvolumes", "PersistentVolume"), ("", "persistentvolumeclaims", "PersistentVolumeClaim"),
        ("", "replicationcontrollers", "ReplicationController"), ("", "endpoints", "Endpoints"), ("", "configmaps", "ConfigMap"),
        ("", "secrets", "Secret"), ("", "serviceaccounts", "ServiceAccount"), ("", "resourcequotas", "ResourceQuota"),
        ("", "limitranges", "LimitRange"), ("apps", "deployments", "Deployment"), ("apps", "replicasets", "ReplicaSet"),
        ("apps", "statefulsets", "StatefulSet"), ("apps", "daemonsets", "DaemonSet"), ("batch", "jobs", "Job"), ("batch", "cronjobs", "CronJob"),
        ("networking.k8s.io", "ingresses", "Ingress"), ("networking.k8s.io", "networkpolicies", "NetworkPolicy"),
        ("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler"), ("policy", "poddisruptionbudgets", "PodDisruptionBudget"),
        ("storage.k8s.io", "storageclasses", "StorageClass"),
    ].map { Kind(group: $0.0, plural: $0.1, singular: $0.2.lowercased(), kind: $0.2) }
}
