// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// `spec.behavior` of an autoscaler: how fast each direction may go, and how long it looks back.
package struct ScalingBehavior: Sendable, Hashable {
    package var scaleUp: ScalingPolicies
    package var scaleDown: ScalingPolicies

    package init(scaleUp: ScalingPolicies = .defaultScaleUp, scaleDown: ScalingPolicies = .defaultScaleDown) {
        self.scaleUp = scaleUp
        self.scaleDown = scaleDown
    }

    /// What an object leaves out is as the API server's defaulting has it, so that an object from elsewhere reads the same.
    package init(_ json: JSONValue) {
        self.init(
            scaleUp: ScalingPolicies(json["scaleUp"], absent: .defaultScaleUp),
            scaleDown: ScalingPolicies(json["scaleDown"], absent: .defaultScaleDown))
    }
}

/// `HPAScalingRules`: the policies of one direction.
package struct ScalingPolicies: Sendable, Hashable {
    /// Nil takes the controller's own window for scaling down.
    package var stabilizationWindowSeconds: Int32?
    package var selection: Selection
    package var policies: [Policy]
    /// As a fraction of 1; nil takes the controller's.
    package var tolerance: Double?

    package enum Selection: String, Sendable, Hashable {
        case max = "Max"
        case min = "Min"
        case disabled = "Disabled"
    }

    package struct Policy: Sendable, Hashable {
        package var kind: Kind
        package var value: Int32
        package var periodSeconds: Int32

        package enum Kind: String, Sendable, Hashable {
            case pods = "Pods"
            case percent = "Percent"
        }

        package init(_ kind: Kind, value: Int32, periodSeconds: Int32) {
            self.kind = kind
            self.value = value
            self.periodSeconds = periodSeconds
        }
    }

    package init(stabilizationWindowSeconds: Int32?, selection: Selection = .max, policies: [Policy], tolerance: Double? = nil) {
        self.stabilizationWindowSeconds = stabilizationWindowSeconds
        self.selection = selection
        self.policies = policies
        self.tolerance = tolerance
    }

    package static let defaultScaleUp = Self(
        stabilizationWindowSeconds: 0,
        policies: [Policy(.pods, value: 4, periodSeconds: 15), Policy(.percent, value: 100, periodSeconds: 15)])
    package static let defaultScaleDown = Self(stabilizationWindowSeconds: nil, policies: [Policy(.percent, value: 100, periodSeconds: 15)])

    package init(_ json: JSONValue?, absent: ScalingPolicies) {
        self = absent
        guard let json, json.object != nil else { return }
        if let seconds = json["stabilizationWindowSeconds"]?.int32 { stabilizationWindowSeconds = seconds }
        if let text = json["selectPolicy"]?.string { selection = Selection(rawValue: text) ?? .max }
        if let list = json["policies"]?.array {
            policies = list.compactMap { policy in
                Policy.Kind(rawValue: policy["type"]?.string ?? "").map {
                    Policy($0, value: policy["value"]?.int32 ?? 0, periodSeconds: policy["periodSeconds"]?.int32 ?? 0)
                }
            }
        }
        tolerance = json["tolerance"].flatMap { Quantity($0) }?.approximateDouble
    }
}
