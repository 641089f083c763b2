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

        package init(group: String, plural: String, singular: String) {
            self.group = group
            self.plural = plural
            self.singular = singular
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

    private func kind(_ resource: GroupResource) -> Kind? {
        let found = (byName[resource.resource.lowercased()] ?? []).map { kinds[$0] }
        if resource.group.isEmpty { return found.first { $0.group.isEmpty } ?? found.first }
        let group = resource.group.lowercased()
        return found.first { $0.group == group } ?? found.first { $0.group.hasPrefix(group) }
    }
}

extension ResourceKinds {
    /// Those that every cluster has and that metrics are made of.
    package static let builtIn: [Kind] = [
        ("", "pods", "pod"), ("", "services", "service"), ("", "nodes", "node"), ("", "namespaces", "namespace"),
        ("", "persistentvolumes", "persistentvolume"), ("", "persistentvolumeclaims", "persistentvolumeclaim"),
        ("", "replicationcontrollers", "replicationcontroller"), ("", "endpoints", "endpoints"), ("", "configmaps", "configmap"),
        ("", "secrets", "secret"), ("", "serviceaccounts", "serviceaccount"), ("", "resourcequotas", "resourcequota"),
        ("", "limitranges", "limitrange"), ("apps", "deployments", "deployment"), ("apps", "replicasets", "replicaset"),
        ("apps", "statefulsets", "statefulset"), ("apps", "daemonsets", "daemonset"), ("batch", "jobs", "job"), ("batch", "cronjobs", "cronjob"),
        ("networking.k8s.io", "ingresses", "ingress"), ("networking.k8s.io", "networkpolicies", "networkpolicy"),
        ("autoscaling", "horizontalpodautoscalers", "horizontalpodautoscaler"), ("policy", "poddisruptionbudgets", "poddisruptionbudget"),
        ("storage.k8s.io", "storageclasses", "storageclass"),
    ].map { Kind(group: $0.0, plural: $0.1, singular: $0.2) }
}
