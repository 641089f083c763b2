// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What makes one pod of a StatefulSet that one and no other: its name, labels, host name and claims.
///
/// - Source: kubernetes pkg/controller/statefulset/stateful_set_utils.go
enum StatefulSetPod {
    static let nameLabel = "statefulset.kubernetes.io/pod-name"
    static let indexLabel = "apps.kubernetes.io/pod-index"
    static let revisionLabel = "controller-revision-hash"

    static func make(_ ordinal: Int64, of set: StatefulSet, _ revision: Revision) -> KubeObject {
        let template = revision.template
        var metadata: JSONObject = ["generateName": .string("\(set.name)-")]
        for field in ["labels", "annotations", "finalizers"] { metadata[field] = template["metadata"]?[field] }
        metadata["ownerReferences"] = [OwnerReference(controller: set.object).json]
        var pod = KubeObject(["apiVersion": "v1", "kind": "Pod", "metadata": .object(metadata), "spec": template["spec"] ?? [:]])
        identify(&pod, ordinal, of: set)
        pod.labels[revisionLabel] = revision.name
        pod.set(.string(pod.name), at: "spec", "hostname")
        pod.set(set.serviceName.isEmpty ? nil : .string(set.serviceName), at: "spec", "subdomain")
        mountClaims(&pod, ordinal, of: set)
        return pod
    }

    static func revision(of pod: Pod) -> String { pod.object.labels[revisionLabel] ?? "" }

    // MARK: Identity

    private static func identify(_ pod: inout KubeObject, _ ordinal: Int64, of set: StatefulSet) {
        pod.set(.string(set.podName(ordinal)), at: "metadata", "name")
        pod.set(.string(set.object.namespace), at: "metadata", "namespace")
        pod.labels.merge(identityLabels(ordinal, of: set)) { $1 }
    }

    /// By which Services and people find one pod of many.
    private static func identityLabels(_ ordinal: Int64, of set: StatefulSet) -> [String: String] {
        [nameLabel: set.podName(ordinal), indexLabel: String(ordinal)]
    }

    /// The labels that a pod, adopted or changed by hand, is to get back; nil where it has them.
    static func missingLabels(_ pod: Pod, _ ordinal: Int64, of set: StatefulSet) -> [String: String]? {
        let known = pod.object.labels
        let missing = identityLabels(ordinal, of: set).filter { known[$0.key] != $0.value }
        return missing.isEmpty ? nil : missing
    }

    // MARK: Claims

    static func claimName(_ template: JSONValue, _ ordinal: Int64, of set: StatefulSet) -> String {
        "\(template.value(at: "metadata", "name")?.string ?? "")-\(set.podName(ordinal))"
    }

    /// The claims of a pod, made from the set's templates and labelled as its pods are.
    static func claims(_ ordinal: Int64, of set: StatefulSet) -> [KubeObject] {
        let labels = set.object.spec.value(at: "selector", "matchLabels")?.stringMap ?? [:]
        return set.claimTemplates.map { template in
            var claim = KubeObject(template.object ?? [:])
            claim.set(.string(claimName(template, ordinal, of: set)), at: "metadata", "name")
            claim.set(.string(set.object.namespace), at: "metadata", "namespace")
            claim.labels.merge(labels) { $1 }
            claim["status"] = nil
            return claim
        }
    }

    /// Each claim as a volume by its template's name, in the place of one of the template that has that name.
    private static func mountClaims(_ pod: inout KubeObject, _ ordinal: Int64, of set: StatefulSet) {
        guard !set.claimTemplates.isEmpty else { return }
        let claims = set.claimTemplates.map { template -> JSONValue in
            let claim: JSONValue = ["claimName": .string(claimName(template, ordinal, of: set))]
            return ["name": template.value(at: "metadata", "name") ?? "", "persistentVolumeClaim": claim]
        }
        let names = Set(claims.map { $0["name"] })
        let others = (pod.spec["volumes"]?.array ?? []).filter { !names.contains($0["name"]) }
        pod.set(.array(claims + others), at: "spec", "volumes")
    }
}
