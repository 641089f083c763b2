// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// HorizontalPodAutoscalers between v2, which is stored, and the older versions. v2beta2 has v2's fields and needs none of this.
///
/// What an older version has no field for, it carries as JSON in annotations: v1 the metrics, conditions and behavior,
/// v2beta1 the behavior.
///
/// - Source: pkg/apis/autoscaling/v1/conversion.go, v2beta1/conversion.go
enum AutoscalerConversion {
    private static let schema = KubeSchema.builtIn

    // MARK: v1

    static func fromV1(_ object: inout JSONValue) {
        var spec = object["spec"] ?? [:]
        var metrics: [JSONValue] = []
        if let target = spec["targetCPUUtilizationPercentage"], !target.isNull { metrics = [AutoscalerDefaults.cpuMetric(utilization: target)] }
        spec["targetCPUUtilizationPercentage"] = nil
        if let annotated = annotatedList(Annotation.metrics, in: object, of: "MetricSpec") {
            metrics = annotated.map(FlatMetric.spec(fromFlat:)) + metrics
        }
        if metrics.isEmpty { metrics = [AutoscalerDefaults.cpuMetric(utilization: 80)] }
        spec["metrics"] = .array(metrics)
        if let behavior = BehaviorAnnotation.read(annotation(Annotation.behavior, in: object)) { spec["behavior"] = behavior }
        object["spec"] = spec

        var status = object["status"] ?? [:]
        if let utilization = status["currentCPUUtilizationPercentage"], !utilization.isNull {
            status["currentMetrics"] = [["type": "Resource", "resource": ["name": "cpu", "current": ["averageUtilization": utilization]]]]
        }
        status["currentCPUUtilizationPercentage"] = nil
        if let annotated = annotatedList(Annotation.currentMetrics, in: object, of: "MetricStatus") {
            status["currentMetrics"] = .array(annotated.map(FlatMetric.status(fromFlat:)))
        }
        if let conditions = annotatedList(Annotation.conditions, in: object, of: "HorizontalPodAutoscalerCondition") {
            status["conditions"] = .array(conditions)
        }
        object["status"] = status
        dropAnnotations(&object)
    }

    static func toV1(_ object: inout JSONValue) {
        dropAnnotations(&object)
        let spec = object["spec"] ?? [:]
        let status = object["status"] ?? [:]
        let metrics = spec["metrics"]?.array ?? []
        let others = metrics.filter { cpuUtilization($0) == nil }
        annotate(Annotation.metrics, others.map(FlatMetric.spec(toFlat:)), as: "MetricSpec", &object)
        annotate(Annotation.currentMetrics, (status["currentMetrics"]?.array ?? []).map(FlatMetric.status(toFlat:)), as: "MetricStatus", &object)
        annotate(Annotation.conditions, status["conditions"]?.array ?? [], as: "HorizontalPodAutoscalerCondition", &object)
        annotate(Annotation.behavior, BehaviorAnnotation.text(spec["behavior"]), &object)
        object.change("spec") { spec in
            spec["targetCPUUtilizationPercentage"] = metrics.lazy.compactMap(cpuUtilization).first
            spec["metrics"] = nil
            spec["behavior"] = nil
        }
        object.change("status") { status in
            status["currentCPUUtilizationPercentage"] = status["currentMetrics"]?.array?.lazy.compactMap(currentCPUUtilization).first
            status["currentMetrics"] = nil
            status["conditions"] = nil
        }
    }

    private static func cpuUtilization(_ metric: JSONValue) -> JSONValue? {
        guard metric["type"] == "Resource", metric.value(at: "resource", "name") == "cpu" else { return nil }
        return metric.value(at: "resource", "target", "averageUtilization")
    }

    private static func currentCPUUtilization(_ metric: JSONValue) -> JSONValue? {
        guard metric["type"] == "Resource", metric.value(at: "resource", "name") == "cpu" else { return nil }
        return metric.value(at: "resource", "current", "averageUtilization")
    }

    // MARK: v2beta1

    static func fromV2beta1(_ object: inout JSONValue) {
        let behavior = BehaviorAnnotation.read(annotation(Annotation.behavior, in: object))
        object.change("spec") { spec in
            spec.changeElements("metrics") { $0 = FlatMetric.spec(fromFlat: $0) }
            if let behavior { spec["behavior"] = behavior }
        }
        object.change("status") { $0.changeElements("currentMetrics") { $0 = FlatMetric.status(fromFlat: $0) } }
        dropAnnotations(&object)
    }

    static func toV2beta1(_ object: inout JSONValue) {
        dropAnnotations(&object)
        annotate(Annotation.behavior, BehaviorAnnotation.text(object.value(at: "spec", "behavior")), &object)
        object.change("spec") { spec in
            spec.changeElements("metrics") { $0 = FlatMetric.spec(toFlat: $0) }
            spec["behavior"] = nil
        }
        object.change("status") { $0.changeElements("currentMetrics") { $0 = FlatMetric.status(toFlat: $0) } }
    }

    // MARK: Annotations

    enum Annotation {
        static let metrics = "autoscaling.alpha.kubernetes.io/metrics"
        static let currentMetrics = "autoscaling.alpha.kubernetes.io/current-metrics"
        static let conditions = "autoscaling.alpha.kubernetes.io/conditions"
        static let behavior = "autoscaling.alpha.kubernetes.io/behavior"
        static let all = [metrics, currentMetrics, conditions, behavior]
    }

    private static func annotation(_ key: String, in object: JSONValue) -> String? { object.value(at: "metadata", "annotations", key)?.string }

    /// Nil where there is no such annotation, or it holds something else: what it was meant to say is then ignored, as upstream does.
    private static func annotatedList(_ key: String, in object: JSONValue, of typeName: String) -> [JSONValue]? {
        guard let text = annotation(key, in: object), let list = try? JSONValue.parse(text).array,
            let type = schema.type(named: "autoscaling/v1.\(typeName)")
        else { return nil }
        var decoder = SchemaDecoder(schema: schema)
        var result: [JSONValue] = []
        for element in list {
            guard let decoded = try? decoder.decode(element, as: type) else { return nil }
            result.append(decoded)
        }
        return result
    }

    private static func annotate(_ key: String, _ list: [JSONValue], as typeName: String, _ object: inout JSONValue) {
        guard !list.isEmpty, let type = schema.type(named: "autoscaling/v1.\(typeName)"), let id = schema.id(named: type.name) else { return }
        var decoder = SchemaDecoder(schema: schema)
        let canonical = list.map { (try? decoder.decode($0, as: type)) ?? $0 }
        annotate(key, GoText.text(of: .array(canonical), type: .list(.message(id)), schema: schema), &object)
    }

    private static func annotate(_ key: String, _ text: String?, _ object: inout JSONValue) {
        guard let text else { return }
        var metadata = object["metadata"] ?? [:]
        var annotations = metadata["annotations"] ?? [:]
        annotations[key] = .string(text)
        metadata["annotations"] = annotations
        object["metadata"] = metadata
    }

    private static func dropAnnotations(_ object: inout JSONValue) {
        object.change("metadata") { metadata in
            metadata.change("annotations") { annotations in for key in Annotation.all { annotations[key] = nil } }
            if metadata["annotations"]?.object?.isEmpty ?? false { metadata["annotations"] = nil }
        }
    }
}
