// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A metric as v2beta1 and v1's annotations have it, where names and targets stand beside one another (`metricName`,
/// `targetAverageValue`), to and from v2's nested form (`metric.name`, `target.averageValue`).
enum FlatMetric {
    static func spec(fromFlat flat: JSONValue) -> JSONValue {
        mapSource(flat) { kind, source in
            var nested = identity(fromFlat: source, kind)
            var target = JSONObject()
            switch kind {
            case "resource", "containerResource":
                target = kept([("averageUtilization", source["targetAverageUtilization"]), ("averageValue", source["targetAverageValue"])])
                target["type"] = isGiven(source["targetAverageUtilization"]) ? "Utilization" : "AverageValue"
            case "pods":
                target = kept([("averageValue", source["targetAverageValue"])])
                target["type"] = "AverageValue"
            case "object":
                // The old form always writes a value; zero there means none.
                let value = Quantity(source["targetValue"])?.isZero ?? false ? nil : source["targetValue"]
                target = kept([("value", value), ("averageValue", source["averageValue"])])
                target["type"] = isGiven(source["averageValue"]) ? "AverageValue" : "Value"
            default:
                target = kept([("value", source["targetValue"]), ("averageValue", source["targetAverageValue"])])
                target["type"] = isGiven(source["targetValue"]) ? "Value" : "AverageValue"
            }
            nested["target"] = .object(target)
            return nested
        }
    }

    static func spec(toFlat nested: JSONValue) -> JSONValue {
        mapSource(nested) { kind, source in
            let target = source["target"] ?? [:]
            var flat = identity(toFlat: source, kind)
            switch kind {
            case "resource", "containerResource":
                flat.merge(kept([("targetAverageUtilization", target["averageUtilization"]), ("targetAverageValue", target["averageValue"])]))
            case "pods": flat.merge(kept([("targetAverageValue", target["averageValue"])]))
            case "object": flat.merge(kept([("targetValue", target["value"]), ("averageValue", target["averageValue"])]))
            default: flat.merge(kept([("targetValue", target["value"]), ("targetAverageValue", target["averageValue"])]))
            }
            return flat
        }
    }

    static func status(fromFlat flat: JSONValue) -> JSONValue {
        mapSource(flat) { kind, source in
            var nested = identity(fromFlat: source, kind)
            let averageValue = kind == "object" ? source["averageValue"] : source["currentAverageValue"]
            nested["current"] = .object(
                kept([("value", source["currentValue"]), ("averageValue", averageValue), ("averageUtilization", source["currentAverageUtilization"])])
            )
            return nested
        }
    }

    static func status(toFlat nested: JSONValue) -> JSONValue {
        mapSource(nested) { kind, source in
            let current = source["current"] ?? [:]
            var flat = identity(toFlat: source, kind)
            switch kind {
            case "resource", "containerResource":
                flat.merge(kept([("currentAverageUtilization", current["averageUtilization"]), ("currentAverageValue", current["averageValue"])]))
            case "pods": flat.merge(kept([("currentAverageValue", current["averageValue"])]))
            case "object": flat.merge(kept([("currentValue", current["value"]), ("averageValue", current["averageValue"])]))
            default: flat.merge(kept([("currentValue", current["value"]), ("currentAverageValue", current["averageValue"])]))
            }
            return flat
        }
    }

    // MARK: What is measured

    private static func identity(fromFlat source: JSONValue, _ kind: String) -> JSONObject {
        switch kind {
        case "resource", "containerResource": return kept([("name", source["name"]), ("container", source["container"])])
        default:
            var nested = kept([("describedObject", source["target"])])
            let selector = kind == "external" ? source["metricSelector"] : source["selector"]
            nested["metric"] = .object(kept([("name", source["metricName"] ?? ""), ("selector", selector)]))
            return nested
        }
    }

    private static func identity(toFlat source: JSONValue, _ kind: String) -> JSONObject {
        switch kind {
        case "resource", "containerResource": return kept([("name", source["name"]), ("container", source["container"])])
        default:
            let selector = source.value(at: "metric", "selector")
            return kept([
                ("target", source["describedObject"]), ("metricName", source.value(at: "metric", "name")),
                (kind == "external" ? "metricSelector" : "selector", selector),
            ])
        }
    }

    /// Every source that is given is mapped, whichever the metric's type says counts.
    private static func mapSource(_ metric: JSONValue, _ body: (String, JSONValue) -> JSONObject) -> JSONValue {
        var result = JSONObject()
        result["type"] = metric["type"]
        for kind in ["resource", "containerResource", "pods", "object", "external"] {
            if let source = metric[kind], !source.isNull { result[kind] = .object(body(kind, source)) }
        }
        return .object(result)
    }

    private static func isGiven(_ value: JSONValue?) -> Bool { !(value ?? .null).isNull }

    private static func kept(_ members: [(String, JSONValue?)]) -> JSONObject {
        var object = JSONObject()
        for (key, value) in members { if let value, !value.isNull { object[key] = value } }
        return object
    }
}

extension JSONObject {
    fileprivate mutating func merge(_ other: JSONObject) {
        for member in other { self[member.key] = member.value }
    }
}
