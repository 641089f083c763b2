// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import ScalingRules
import Telemetry

/// The controller's own metrics, by upstream's names and labels.
///
/// - Source: kubernetes v1.36 pkg/controller/podautoscaler/monitor/metrics.go
package struct AutoscalerMetrics: Sendable {
    private static let prefix = "horizontal_pod_autoscaler_controller_"

    private enum Action: String, CaseIterable {
        case scaleUp = "scale_up"
        case scaleDown = "scale_down"
        case none
    }

    private enum Failure: String, CaseIterable {
        /// The autoscaler, or its target, cannot be worked with.
        case spec
        /// Something else failed.
        case `internal`
        case none
    }

    private struct Reconciliation: Hashable {
        var action: Action
        var failure: Failure
    }

    private struct Computation: Hashable {
        var type: String
        var hasFailed: Bool
    }

    /// As the API has them; what else a spec may say counts as `unknown`.
    private static let types = ["Resource", "ContainerResource", "Pods", "Object", "External", "unknown"]

    private let reconciliations: [Reconciliation: any CounterHandler]
    private let computations: [Computation: any CounterHandler]
    private let duration: any TimerHandler
    private let autoscalers: any MeterHandler

    package init(registry: MetricsRegistry) {
        registry.describe(Self.prefix + "reconciliations_total", "Reconciliations, by what they did and whether they failed.")
        registry.describe(Self.prefix + "reconciliation_duration_seconds", "Seconds that a reconciliation took.")
        registry.describe(Self.prefix + "metric_computation_total", "Metrics computed, by type and whether that failed.")
        registry.describe(Self.prefix + "num_horizontal_pod_autoscalers", "Autoscalers that there are.")
        var reconciliations: [Reconciliation: any CounterHandler] = [:]
        for action in Action.allCases {
            for failure in Failure.allCases {
                reconciliations[Reconciliation(action: action, failure: failure)] = registry.makeCounter(
                    label: Self.prefix + "reconciliations_total", dimensions: [("action", action.rawValue), ("error", failure.rawValue)])
            }
        }
        var computations: [Computation: any CounterHandler] = [:]
        for type in Self.types {
            for hasFailed in [false, true] {
                let error = hasFailed ? Failure.internal : .none
                computations[Computation(type: type, hasFailed: hasFailed)] = registry.makeCounter(
                    label: Self.prefix + "metric_computation_total", dimensions: [("error", error.rawValue), ("metric_type", type)])
            }
        }
        self.reconciliations = reconciliations
        self.computations = computations
        duration = registry.makeTimer(label: Self.prefix + "reconciliation_duration_seconds", dimensions: [])
        autoscalers = registry.makeMeter(label: Self.prefix + "num_horizontal_pod_autoscalers", dimensions: [])
    }

    /// Runs one reconciliation and keeps how long it took.
    func timing<Result>(_ body: () async -> Result) async -> Result {
        let began = ContinuousClock.now
        let result = await body()
        let (seconds, attoseconds) = (ContinuousClock.now - began).components
        duration.recordNanoseconds(seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue &+ attoseconds / 1_000_000_000)
        return result
    }

    func record(_ decision: Decision) {
        let action: Action = decision.rescale.map { $0.to > $0.from ? .scaleUp : .scaleDown } ?? .none
        let failure: Failure = decision.failure == nil ? .none : decision.metrics.isEmpty ? .spec : .internal
        reconciliations[Reconciliation(action: action, failure: failure)]?.increment(by: 1)
        for metric in decision.metrics {
            let hasFailed = if case .failure = metric.result { true } else { false }
            let type = Self.types.contains(metric.type) ? metric.type : "unknown"
            computations[Computation(type: type, hasFailed: hasFailed)]?.increment(by: 1)
        }
    }

    func count(_ autoscalers: Int) { self.autoscalers.set(Int64(autoscalers)) }
}
