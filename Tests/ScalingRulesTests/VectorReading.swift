// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import TestKit

@testable import ScalingRules

// How the vectors' inputs become the rules' values.

extension JSONValue {
    var kubeObject: KubeObject { KubeObject(object ?? [:]) }

    /// Empty means the whole pod.
    var container: String? { self["container"]?.string.flatMap { $0.isEmpty ? nil : $0 } }

    /// The settings in a case's `input` or `config`.
    var settings: ScalingSettings {
        var settings = ScalingSettings()
        if let tolerance = self["tolerance"]?.double { settings.tolerance = Tolerance(up: tolerance, down: tolerance) }
        settings.downscaleStabilization = .seconds(self["downscaleStabilizationSeconds"]?.int ?? 0)
        settings.cpuInitializationPeriod = .seconds(self["cpuInitializationPeriodSeconds"]?.int ?? 0)
        settings.initialReadinessDelay = .seconds(self["initialReadinessDelaySeconds"]?.int ?? 0)
        settings.scaleUpLimitFactor = self["scaleUpLimitFactor"]?.double ?? 0
        settings.scaleUpLimitMinimum = self["scaleUpLimitMinimum"]?.double ?? 0
        settings.features.podLevelResources = (self["podLevelResources"] ?? self["gatePodLevelResources"])?.bool ?? false
        settings.features.scaleToZero = self["gateHPAScaleToZero"]?.bool ?? false
        settings.features.configurableTolerance = self["gateHPAConfigurableTolerance"]?.bool ?? false
        return settings
    }
}

extension JSONValue? {
    /// What the resource metrics API answers to a list by `selector`.
    func podMetrics(_ selector: LabelSelector) -> Result<[PodUsage], MetricsFailure> {
        let answer = self?["podMetrics"]
        if let error = answer?["error"]?.string { return .failure(MetricsFailure(error)) }
        return .success((answer?["items"]?.array ?? []).map(\.kubeObject).filter { selector.matches($0.labels) }.map(PodUsage.init))
    }
}

extension JSONValue? {
    /// What the custom and external metrics APIs answer; a question that the case has no answer to gets an empty one.
    func values(of query: MetricQuery, in namespace: String) -> Result<[MetricValue], MetricsFailure> {
        let isExternal = if case .external = query { true } else { false }
        let answer = self?[isExternal ? "externalMetrics" : "customMetrics"]?.array?.first { answers($0, query, namespace) }
        if let error = answer?["error"]?.string { return .failure(MetricsFailure(error)) }
        return .success((answer?["items"]?.array ?? []).map(MetricValue.init))
    }

    private func answers(_ answer: JSONValue, _ query: MetricQuery, _ namespace: String) -> Bool {
        guard answer["metricName"]?.string == query.metric.name else { return false }
        switch query {
        case .external: return true
        case .pods: return answer["name"] == nil
        case .object(let object, _):
            let name = object.kind == "Namespace" ? namespace : object.name
            return answer["kind"]?.string == object.kind && answer["name"]?.string == name
                && (answer["group"]?.string ?? "") == GroupVersion(apiVersion: object.apiVersion).group
        }
    }
}

extension Timestamp {
    /// As the vectors write times: with a fraction only where there is one.
    var vectorText: String {
        guard nanoseconds != 0 else { return description }
        let digits = String(1_000_000_000 + Int64(nanoseconds)).dropFirst()
        let fraction = digits.prefix(digits.count - digits.reversed().prefix { $0 == "0" }.count)
        return description.dropLast() + "." + fraction + "Z"
    }
}

extension LabelSelector {
    /// The selector written as `text`; one that matches nothing where it is none.
    static func orNothing(_ text: String) -> LabelSelector {
        (try? LabelSelector(parsing: text)) ?? .nothing
    }
}

/// Nil where `got` agrees with `expected`. Of an error only the text is compared; what stands beside it means nothing.
func compare(_ got: JSONValue, _ expected: JSONValue) -> String? {
    if let error = expected["error"] { return got["error"] == error ? nil : "expected error \(error.encodedText), got \(got.encodedText)" }
    return JSONDifference(got, from: expected).map { "\($0)" }
}
