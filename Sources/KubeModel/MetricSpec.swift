// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// One entry of `spec.metrics` of autoscaling/v2.
package enum MetricSpec: Sendable, Hashable {
    /// Use of a resource, of whole pods or of one container in each.
    case resource(ResourceMetric)
    /// A metric that every pod has, averaged over them.
    case pods(PodsMetric)
    /// A metric of one object.
    case object(ObjectMetric)
    /// A metric of nothing in the cluster.
    case external(ExternalMetric)
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

    package struct PodsMetric: Sendable, Hashable {
        package var metric: MetricIdentifier
        package var target: MetricTarget

        package init(metric: MetricIdentifier, target: MetricTarget) {
            self.metric = metric
            self.target = target
        }
    }

    package struct ObjectMetric: Sendable, Hashable {
        package var describedObject: CrossVersionObjectReference
        package var metric: MetricIdentifier
        package var target: MetricTarget

        package init(describedObject: CrossVersionObjectReference, metric: MetricIdentifier, target: MetricTarget) {
            self.describedObject = describedObject
            self.metric = metric
            self.target = target
        }
    }

    package struct ExternalMetric: Sendable, Hashable {
        package var metric: MetricIdentifier
        package var target: MetricTarget

        package init(metric: MetricIdentifier, target: MetricTarget) {
            self.metric = metric
            self.target = target
        }
    }

    package init(_ json: JSONValue) {
        let type = json["type"]?.string ?? ""
        // The member is named as the type, with a small first letter.
        let source = json[type.prefix(1).lowercased() + type.dropFirst()]
        let (metric, target) = (MetricIdentifier(source?["metric"]), MetricTarget(source?["target"]))
        switch type {
        case "Resource": self = .resource(ResourceMetric(resource: source?["name"]?.string ?? "", target: target))
        case "ContainerResource":
            self = .resource(
                ResourceMetric(resource: source?["name"]?.string ?? "", container: source?["container"]?.string ?? "", target: target))
        case "Pods": self = .pods(PodsMetric(metric: metric, target: target))
        case "Object":
            self = .object(
                ObjectMetric(describedObject: CrossVersionObjectReference(source?["describedObject"]), metric: metric, target: target))
        case "External": self = .external(ExternalMetric(metric: metric, target: target))
        default: self = .other(type: type)
        }
    }
}

/// A metric of the custom or the external metrics API, by name and by its own labels.
package struct MetricIdentifier: Sendable, Hashable {
    package var name: String
    /// A `LabelSelector` as the object has it, valid or not; nil where it has none, which selects every series.
    package var selector: JSONValue?

    package init(name: String, selector: JSONValue? = nil) {
        self.name = name
        self.selector = selector
    }

    package init(_ json: JSONValue?) {
        name = json?["name"]?.string ?? ""
        selector = json?["selector"].flatMap { $0.object == nil ? nil : $0 }
    }

    package var json: JSONValue {
        var json: JSONObject = ["name": .string(name)]
        json["selector"] = selector
        return .object(json)
    }
}

/// What a metric shall come to. For resources an average value counts before a utilization where both are given, as upstream has it.
package struct MetricTarget: Sendable, Hashable {
    /// `Utilization`, `Value` or `AverageValue`.
    package var type: String
    /// Thousandths of the metric's unit, as it is.
    package var valueMilli: Int64?
    /// Percent of the pods' requests.
    package var averageUtilization: Int32?
    /// Thousandths of the metric's unit per pod (bytes × 1000 for memory).
    package var averageValueMilli: Int64?

    /// - Parameter type: Nil for the one that goes with what else is given.
    package init(type: String? = nil, valueMilli: Int64? = nil, averageUtilization: Int32? = nil, averageValueMilli: Int64? = nil) {
        self.type = type ?? (valueMilli != nil ? "Value" : averageValueMilli != nil ? "AverageValue" : "Utilization")
        self.valueMilli = valueMilli
        self.averageUtilization = averageUtilization
        self.averageValueMilli = averageValueMilli
    }

    package init(_ json: JSONValue?) {
        type = json?["type"]?.string ?? ""
        valueMilli = json?["value"].flatMap { Quantity($0) }?.milliValue
        averageUtilization = json?["averageUtilization"]?.int32
        averageValueMilli = json?["averageValue"].flatMap { Quantity($0) }?.milliValue
    }
}
