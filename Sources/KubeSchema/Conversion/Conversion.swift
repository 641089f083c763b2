// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Between the versions of a kind. Each kind has one version that is stored, through which the others go.
package enum Conversion {
    /// The kind, in the version that its objects are stored in.
    package static func storageVersion(of kind: GroupVersionKind) -> GroupVersionKind {
        switch (kind.group, kind.kind) {
        case ("autoscaling", "HorizontalPodAutoscaler"): GroupVersionKind(group: "autoscaling", version: "v2", kind: kind.kind)
        case ("extensions", "Deployment"), ("extensions", "ReplicaSet"), ("extensions", "DaemonSet"), ("apps", _):
            GroupVersionKind(group: "apps", version: "v1", kind: kind.kind)
        case ("certificates.k8s.io", _), ("policy", _), ("rbac.authorization.k8s.io", _), ("apiregistration.k8s.io", _),
            (CustomResourceDefinition.group, _):
            GroupVersionKind(group: kind.group, version: "v1", kind: kind.kind)
        case ("events.k8s.io", "Event"): GroupVersionKind(group: "", version: "v1", kind: kind.kind)
        default: kind
        }
    }

    /// `object` as `groupVersion` has it, before that version's own form is given to it.
    package static func convert(_ object: KubeObject, to groupVersion: GroupVersion) throws(APIError) -> KubeObject {
        let kind = object.groupVersionKind
        let wanted = GroupVersionKind(group: groupVersion.group, version: groupVersion.version, kind: kind.kind)
        guard kind != wanted else { return object }
        let storage = storageVersion(of: kind)
        guard storage == storageVersion(of: wanted) else {
            throw .internalError("converting (\(kind.version).\(kind.kind)) to (\(wanted.version).\(wanted.kind)): unknown conversion")
        }
        var converted = try fromStorage(toStorage(object), wanted)
        converted["apiVersion"] = .string(wanted.apiVersion)
        return converted
    }

    private static func toStorage(_ object: KubeObject) throws(APIError) -> KubeObject {
        if object.groupVersionKind.group == CustomResourceDefinition.group { return CustomResourceDefinition.upgraded(object) }
        var json = JSONValue.object(object.json)
        switch (object.groupVersionKind.group, object.groupVersionKind.version, object.kind) {
        case ("autoscaling", "v1", "HorizontalPodAutoscaler"): AutoscalerConversion.fromV1(&json)
        case ("autoscaling", "v2beta1", "HorizontalPodAutoscaler"): AutoscalerConversion.fromV2beta1(&json)
        case ("events.k8s.io", _, "Event"): EventConversion.toCore(&json)
        case ("certificates.k8s.io", "v1beta1", _): CertificateConversion.fromV1beta1(&json)
        case ("extensions", _, "Deployment"), ("apps", "v1beta1", "Deployment"): json.change("spec") { $0["rollbackTo"] = nil }
        case ("extensions", _, "DaemonSet"): TemplateGeneration.toAnnotation(&json)
        default: break
        }
        return KubeObject(json.object ?? JSONObject())
    }

    private static func fromStorage(_ object: KubeObject, _ wanted: GroupVersionKind) throws(APIError) -> KubeObject {
        if wanted == CustomResourceDefinition.v1beta1 { return CustomResourceDefinition.downgraded(object) }
        var json = JSONValue.object(object.json)
        switch (wanted.group, wanted.version, wanted.kind) {
        case ("autoscaling", "v1", "HorizontalPodAutoscaler"): AutoscalerConversion.toV1(&json)
        case ("autoscaling", "v2beta1", "HorizontalPodAutoscaler"): AutoscalerConversion.toV2beta1(&json)
        case ("events.k8s.io", _, "Event"): EventConversion.fromCore(&json)
        case ("extensions", _, "DaemonSet"): TemplateGeneration.fromAnnotation(&json)
        default: break
        }
        return KubeObject(json.object ?? JSONObject())
    }
}

/// The newer group names some fields of events anew.
enum EventConversion {
    /// The core group's name, then that of events.k8s.io.
    private static let names = [
        ("involvedObject", "regarding"), ("message", "note"), ("source", "deprecatedSource"), ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"), ("reportingComponent", "reportingController"),
    ]

    static func toCore(_ event: inout JSONValue) { rename(names.map { (from: $0.1, to: $0.0) }, &event) }
    static func fromCore(_ event: inout JSONValue) { rename(names.map { (from: $0.0, to: $0.1) }, &event) }

    private static func rename(_ names: [(from: String, to: String)], _ event: inout JSONValue) {
        for name in names {
            guard let value = event[name.from] else { continue }
            event[name.from] = nil
            event[name.to] = value
        }
    }
}
