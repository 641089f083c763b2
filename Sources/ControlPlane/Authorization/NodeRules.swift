// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeStore

/// What a node agent may do: read what it needs to run pods, and write what is its own.
///
/// - Source: kubernetes plugin/pkg/auth/authorizer/node and plugin/pkg/admission/noderestriction
struct NodeRules: Sendable {
    let store: ResourceStore
    static let group = "system:nodes"
    private static let prefix = "system:node:"

    /// The node that a user is the agent of.
    static func nodeName(_ user: UserInfo) -> String? {
        guard user.groups.contains(group), user.name.hasPrefix(prefix) else { return nil }
        let name = String(user.name.dropFirst(prefix.count))
        return name.isEmpty ? nil : name
    }

    private static let read = ["get", "list", "watch"]
    private static let shared: [PolicyRule] = [
        .resources(["services", "endpoints", "configmaps", "namespaces"], in: [""], read),
        .resources(["endpointslices"], in: ["discovery.k8s.io"], read),
        .resources(["nodes"], in: [""], read + ["create"]),
        .resources(["events"], in: ["", "events.k8s.io"], ["create", "patch", "update"]),
        .resources(["leases"], in: ["coordination.k8s.io"], ["create", "get"], namespaces: ["kube-node-lease"]),
        .resources(["subjectaccessreviews"], in: ["authorization.k8s.io"], ["create"]),
        .resources(["tokenreviews"], in: ["authentication.k8s.io"], ["create"]),
    ]

    func decide(_ info: RequestInfo, _ query: Query, node: String) -> AuthorizationDecision {
        if Self.shared.contains(where: { $0.allows(info) }) { return .allowed }
        switch (info.group, info.resource) {
        case ("", "nodes"): return own(info, node, verbs: ["update", "patch", "delete"], subresources: ["", "status"])
        case ("coordination.k8s.io", "leases"): return own(info, node, verbs: ["update", "patch", "delete"], subresources: [""])
        case ("", "pods"): return pods(info, query, node)
        case ("", "secrets") where info.verb == "get" && info.subresource.isEmpty:
            return related(info, node) { PodReferences($0).secrets.contains(info.name) }
        case ("", "persistentvolumeclaims") where info.verb == "get" && info.subresource.isEmpty:
            return related(info, node) { PodReferences.claims(of: $0).contains(info.name) }
        case ("", "persistentvolumes") where info.verb == "get" && info.subresource.isEmpty: return volume(info, node)
        case ("", "serviceaccounts") where info.verb == "create" && info.subresource == "token":
            return related(info, node) { ServiceAccountAdmission.accountName(of: $0) == info.name }
        default: return .refused
        }
    }

    private func own(_ info: RequestInfo, _ node: String, verbs: Set<String>, subresources: Set<String>) -> AuthorizationDecision {
        guard verbs.contains(info.verb), subresources.contains(info.subresource) else { return .refused }
        guard info.name == node else {
            return AuthorizationDecision(isAllowed: false, reason: "node \"\(node)\" cannot modify \(info.resource) \"\(info.name)\"")
        }
        return .allowed
    }

    /// Of a claim that a pod of the node uses.
    private func volume(_ info: RequestInfo, _ node: String) -> AuthorizationDecision {
        guard let definition = store.registry.definition(.persistentVolumes), let volume = try? store.get(definition, "", info.name) else {
            return .allowed
        }
        let claim = volume.spec["claimRef"]
        return related(info, node, namespace: claim?["namespace"]?.string ?? "") { pod in
            PodReferences.claims(of: pod).contains(claim?["name"]?.string ?? "")
        }
    }

    /// What a pod of the node needs, and nothing else.
    /// - Parameter namespace: Of the pod; nil for that of the object.
    private func related(
        _ info: RequestInfo, _ node: String, namespace: String? = nil, _ needs: (KubeObject) -> Bool
    ) -> AuthorizationDecision {
        let pods = store.objects.list(GroupVersionResource.pods.groupResource, namespace: namespace ?? info.namespace).objects
        guard pods.contains(where: { $0.spec["nodeName"]?.string == node && needs($0) }) else {
            return AuthorizationDecision(isAllowed: false, reason: "no relationship found between node '\(node)' and this object")
        }
        return .allowed
    }

    private func pods(_ info: RequestInfo, _ query: Query, _ node: String) -> AuthorizationDecision {
        switch (info.verb, info.subresource) {
        case ("list", ""), ("watch", ""):
            guard
                (query["fieldSelector"] ?? "").split(separator: ",").contains(where: {
                    $0 == "spec.nodeName=\(node)" || $0 == "spec.nodeName==\(node)"
                })
            else { return AuthorizationDecision(isAllowed: false, reason: "can only list/watch pods with spec.nodeName field selector") }
            return .allowed
        case ("get", ""), ("delete", ""), ("get", "status"), ("update", "status"), ("patch", "status"):
            guard let definition = store.registry.definition(.pods), let pod = try? store.get(definition, info.namespace, info.name) else {
                // Not there (any more): the handler says so.
                return .allowed
            }
            guard pod.spec["nodeName"]?.string == node else {
                return AuthorizationDecision(isAllowed: false, reason: "no relationship found between node '\(node)' and this object")
            }
            return .allowed
        default: return .refused
        }
    }
}
