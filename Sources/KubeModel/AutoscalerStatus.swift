// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// `HorizontalPodAutoscalerStatus` of autoscaling/v2.
package struct AutoscalerStatus: Sendable, Hashable {
    package var observedGeneration: Int64?
    package var lastScaleTime: Timestamp?
    package var currentReplicas: Int32
    package var desiredReplicas: Int32
    /// One per metric of the spec, in its order, as API JSON; a failed one has an empty `type`.
    package var currentMetrics: [JSONValue]
    package var conditions: [AutoscalerCondition]

    package init(
        observedGeneration: Int64? = nil, lastScaleTime: Timestamp? = nil, currentReplicas: Int32 = 0, desiredReplicas: Int32 = 0,
        currentMetrics: [JSONValue] = [], conditions: [AutoscalerCondition] = []
    ) {
        self.observedGeneration = observedGeneration
        self.lastScaleTime = lastScaleTime
        self.currentReplicas = currentReplicas
        self.desiredReplicas = desiredReplicas
        self.currentMetrics = currentMetrics
        self.conditions = conditions
    }

    package init(_ json: JSONValue) {
        self.init(
            observedGeneration: json["observedGeneration"]?.int, lastScaleTime: json["lastScaleTime"]?.timestamp,
            currentReplicas: json["currentReplicas"]?.int32 ?? 0, desiredReplicas: json["desiredReplicas"]?.int32 ?? 0,
            currentMetrics: json["currentMetrics"]?.array ?? [], conditions: (json["conditions"]?.array ?? []).map(AutoscalerCondition.init))
    }

    package var json: JSONValue {
        var json: JSONObject = [
            "desiredReplicas": .integer(Int64(desiredReplicas)),
            "currentMetrics": currentMetrics.isEmpty ? .null : .array(currentMetrics),
        ]
        if let observedGeneration { json["observedGeneration"] = .integer(observedGeneration) }
        if let lastScaleTime { json["lastScaleTime"] = .string(lastScaleTime.description) }
        if currentReplicas != 0 { json["currentReplicas"] = .integer(Int64(currentReplicas)) }
        if !conditions.isEmpty { json["conditions"] = .array(conditions.map(\.json)) }
        return .object(json)
    }

    package func condition(_ type: String) -> AutoscalerCondition? { conditions.first { $0.type == type } }
}

package struct AutoscalerCondition: Sendable, Hashable {
    /// `AbleToScale`, `ScalingActive`, `ScalingLimited`, `ScaledToZero`.
    package var type: String
    /// `True`, `False` or `Unknown`.
    package var status: String
    /// When `status` last changed; year 1 where unknown.
    package var lastTransitionTime: Timestamp
    package var reason: String
    package var message: String

    package init(type: String, status: String, lastTransitionTime: Timestamp, reason: String, message: String) {
        self.type = type
        self.status = status
        self.lastTransitionTime = lastTransitionTime
        self.reason = reason
        self.message = message
    }

    package init(_ json: JSONValue) {
        self.init(
            type: json["type"]?.string ?? "", status: json["status"]?.string ?? "",
            lastTransitionTime: json["lastTransitionTime"]?.timestamp ?? .zero, reason: json["reason"]?.string ?? "",
            message: json["message"]?.string ?? "")
    }

    package var json: JSONValue {
        var json: JSONObject = [
            "type": .string(type), "status": .string(status),
            "lastTransitionTime": lastTransitionTime == .zero ? .null : .string(lastTransitionTime.description),
        ]
        if !reason.isEmpty { json["reason"] = .string(reason) }
        if !message.isEmpty { json["message"] = .string(message) }
        return .object(json)
    }
}
