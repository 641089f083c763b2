// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import ScalingRules
import Synchronization

/// The newest decision on each autoscaler, for whoever asks why.
package final class DecisionRecord: Sendable {
    private let settings: ScalingSettings
    private let state = Mutex(State())

    private struct State {
        var reports: [NamespacedName: DecisionReport] = [:]
        var sinceCleaning = 0
    }

    /// An autoscaler that was not decided on for so long is gone.
    private static let forgottenAfter = Duration.seconds(600)

    /// - Parameter settings: Of the controller whose decisions these are.
    package init(settings: ScalingSettings) { self.settings = settings }

    package func keep(_ report: DecisionReport) {
        state.withLock { state in
            state.reports[report.autoscaler] = report
            state.sinceCleaning += 1
            guard state.sinceCleaning > 10 * state.reports.count + 100 else { return }
            state.sinceCleaning = 0
            state.reports = state.reports.filter { report.time - $0.value.time < Self.forgottenAfter }
        }
    }

    package func report(_ name: NamespacedName) -> DecisionReport? { state.withLock { $0.reports[name] } }

    func explanation(_ name: NamespacedName) -> Explanation? { report(name)?.explanation(settings) }

    /// One line an autoscaler, by name.
    var summary: [JSONValue] {
        let reports: [DecisionReport] = state.withLock { state in state.reports.values.map { $0 } }
        return reports.sorted { ($0.autoscaler.namespace, $0.autoscaler.name) < ($1.autoscaler.namespace, $1.autoscaler.name) }.map { report in
            var json: JSONObject = [
                "namespace": .string(report.autoscaler.namespace), "name": .string(report.autoscaler.name), "time": .string(report.time.description),
                "desiredReplicas": JSONValue(report.decision.rescale?.to ?? report.decision.status.desiredReplicas),
            ]
            json["currentReplicas"] = report.scale.map { JSONValue($0.specReplicas) }
            json["failure"] = report.decision.failure.map { .string($0) }
            return .object(json)
        }
    }
}
