// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// An autoscaler as its controller reads it: the `autoscaling/v2` object with names for what rules need.
///
/// Fields that are absent or of the wrong type read as upstream's zero values; `object` is the whole truth.
package struct HorizontalPodAutoscaler: Sendable, Hashable {
    package var name: NamespacedName
    package var uid: String
    package var resourceVersion: String
    package var generation: Int64
    package var spec: AutoscalerSpec
    package var status: AutoscalerStatus

    package init(_ object: KubeObject) {
        name = object.namespacedName
        uid = object.uid
        resourceVersion = object.resourceVersion
        generation = object.generation
        spec = AutoscalerSpec(object.spec)
        status = AutoscalerStatus(object.status)
    }
}

/// An object in the autoscaler's namespace: the one whose replicas it sets, or one that a metric is of.
package struct CrossVersionObjectReference: Sendable, Hashable {
    package var apiVersion: String
    package var kind: String
    package var name: String

    package init(apiVersion: String, kind: String, name: String) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
    }

    package init(_ json: JSONValue?) {
        apiVersion = json?["apiVersion"]?.string ?? ""
        kind = json?["kind"]?.string ?? ""
        name = json?["name"]?.string ?? ""
    }

    package var json: JSONValue {
        var json: JSONObject = ["kind": .string(kind), "name": .string(name)]
        if !apiVersion.isEmpty { json["apiVersion"] = .string(apiVersion) }
        return .object(json)
    }
}

/// `HorizontalPodAutoscalerSpec` of autoscaling/v2.
package struct AutoscalerSpec: Sendable, Hashable {
    package var target: CrossVersionObjectReference
    /// 1 where the object says nothing.
    package var minReplicas: Int32
    package var maxReplicas: Int32
    package var metrics: [MetricSpec]
    /// Nil where the object says nothing: the limits that came before behaviors then hold.
    package var behavior: ScalingBehavior?

    package init(
        target: CrossVersionObjectReference, minReplicas: Int32 = 1, maxReplicas: Int32, metrics: [MetricSpec], behavior: ScalingBehavior? = nil
    ) {
        self.target = target
        self.minReplicas = minReplicas
        self.maxReplicas = maxReplicas
        self.metrics = metrics
        self.behavior = behavior
    }

    package init(_ json: JSONValue) {
        target = CrossVersionObjectReference(json["scaleTargetRef"])
        minReplicas = json["minReplicas"]?.int32 ?? 1
        maxReplicas = json["maxReplicas"]?.int32 ?? 0
        metrics = (json["metrics"]?.array ?? []).map(MetricSpec.init)
        behavior = json["behavior"].flatMap { $0.object == nil ? nil : ScalingBehavior($0) }
    }
}

extension JSONValue {
    /// An integer cut to 32 bits, as upstream's typed fields hold replica counts and seconds.
    package var int32: Int32? { int.map { Int32(clamping: $0) } }
}
