// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel

/// Keeps one object of a fixed name in every namespace: made where it is missing, put right where its content differs.
///
/// The `default` service account, and the ConfigMap by which pods verify the API server.
/// - Source: kubernetes pkg/controller/serviceaccount/serviceaccounts_controller.go, pkg/controller/certificates/rootcacertpublisher
struct NamespaceGift: Reconciler {
    let client: KubeClient
    let namespaces: Informer
    /// Holds the gifts alone.
    let gifts: Informer
    let resource: GroupVersionResource
    /// Without a namespace.
    let gift: KubeObject

    static func serviceAccount() -> KubeObject { KubeObject(GroupVersionKind(apiVersion: "v1", kind: "ServiceAccount"), name: "default") }

    static func rootCertificate(_ pem: String) -> KubeObject {
        var map = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "ConfigMap"), name: "kube-root-ca.crt")
        map.annotations = [
            "kubernetes.io/description":
                "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."
        ]
        map["data"] = ["ca.crt": .string(pem)]
        return map
    }

    func reconcile(_ namespace: String) async throws -> Requeue {
        guard let found = namespaces.get(NamespacedName(namespace: "", name: namespace)), !found.isBeingDeleted else { return .never }
        var wanted = gift
        wanted.set(.string(namespace), at: "metadata", "namespace")
        do {
            if let current = gifts.get(wanted.namespacedName) {
                guard wanted["data"] != nil, current["data"] != wanted["data"] else { return .never }
                try await client.patch(resource, namespace: namespace, name: wanted.name, .merge(["data": wanted["data"] ?? [:]]))
            } else {
                try await client.create(resource, wanted)
            }
        } catch let error as APIError where error.reason == .alreadyExists || error.reason == .notFound || error.isNamespaceTerminating {
            // Somebody was faster, or the namespace is going.
        }
        return .never
    }
}
