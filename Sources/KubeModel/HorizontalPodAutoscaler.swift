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

/// The object whose replicas an autoscaler sets.
package struct ScaleTargetReference: Sendable, Hashable {
    package var apiVersion: String
    package var kind: String
    package var name: String

    package init(apiVersion: String, kind: String, name: String) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
    }
}

/// `HorizontalPodAutoscalerSpec` of autoscaling/v2.
package struct AutoscalerSpec: Sendable, Hashable {
    package var target: ScaleTargetReference
    /// 1 where the object says nothing.
    package var minReplicas: Int32
    package var maxReplicas: Int32
    package var metrics: [MetricSpec]
    /// Nil where the object says nothing: the limits that came before behaviors then hold.
    package var behavior: ScalingBehavior?

    package init(
        target: ScaleTargetReference, minReplicas: Int32 = 1, maxReplicas: Int32, metrics: [MetricSpec], behavior: ScalingBehavior? = nil
    ) {
        self.target = target
        self.minReplicas = minReplicas
        self.maxReplicas = maxReplicas
        self.metrics = metrics
        self.behavior = behavior
    }

    package init(_ json: JSONValue) {
        let reference = json["scaleTargetRef"]
        target = ScaleTargetReference(
            apiVersion: reference?["apiVersion"]?.string ?? "", kind: reference?["kind"]?.string ?? "",
            name: reference?["name"]?.string ?? "")
        minReplicas = json["minReplicas"]?.int32 ?? 1
        maxReplicas = json["maxReplicas"]?.int32 ?? 0
        metrics = (json["metrics"]?.array ?? []).map(MetricSpec.init)
        behavior = json["behavior"].flatMap { $0.object == nil ? nil : ScalingBehavior($0) }
    }
}

/// One entry of `spec.metrics`.
package enum MetricSpec: Sendable, Hashable {
    /// Use of a resource, of whole pods or of one container in each.
    case resource(ResourceMetric)
    /// A source that the rules don't know, by its `type`.
    case other(type: String)

    package struct ResourceMetric: Sendable, Hashable {
        /// `cpu`, `memory`, ….
        package var resource: String
        /// Nil for the pod as a whole.
        package var container: String?
        package var target: MetricTarget

        package init(resource: String, container: String? = nil, target: MetricTarget) {
            self.resource = resource
            self.container = container
            self.target = target
        }
    }

    package init(_ json: JSONValue) {
        let type = json["type"]?.string ?? ""
        switch type {
        case "Resource":
            let source = json["resource"]
            self = .resource(ResourceMetric(resource: source?["name"]?.string ?? "", target: MetricTarget(source?["target"])))
        case "ContainerResource":
            let source = json["containerResource"]
            self = .resource(
                ResourceMetric(
                    resource: source?["name"]?.string ?? "", container: source?["container"]?.string ?? "",
                    target: MetricTarget(source?["target"])))
        default: self = .other(type: type)
        }
    }
}

/// What a metric shall come to. An average value counts before a utilization where both are given, as upstream has it.
package struct MetricTarget: Sendable, Hashable {
    /// Percent of the pods' requests.
    package var averageUtilization: Int32?
    /// Thousandths of the resource's unit per pod (bytes × 1000 for memory).
    package var averageValueMilli: Int64?

    package init(averageUtilization: Int32? = nil, averageValueMilli: Int64? = nil) {
        self.averageUtilization = averageUtilization
        self.averageValueMilli = averageValueMilli
    }

    package init(_ json: JSONValue?) {
        averageUtilization = json?["averageUtilization"]?.int32
        averageValueMilli = json?["averageValue"].flatMap { Quantity($0) }?.milliValue
    }
}

extension JSONValue {
    /// An integer cut to 32 bits, as upstream's typed fields hold replica counts and seconds.
    package var int32: Int32? { int.map { Int32(clamping: $0) } }
}
