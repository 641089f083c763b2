// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import ScalingRules

/// What kube-controller-manager's flags set for its autoscaler, with its defaults.
package struct AutoscalerOptions: Sendable, Hashable {
    /// The lab takes 1 s.
    package var syncPeriod: Duration = .seconds(15)
    package var concurrentSyncs = 5
    package var settings = ScalingSettings()

    package init() {}
}

extension AutoscalerOptions {
    /// A flag of kube-controller-manager's that concerns the autoscaler.
    package struct Flag: Sendable {
        /// Without the dashes.
        package let name: String
        package let help: String
        package let defaultText: String
        fileprivate let set: @Sendable (inout AutoscalerOptions, String) throws(FlagError) -> Void
    }

    package struct FlagError: Error, Sendable, Hashable, CustomStringConvertible {
        package var description: String
    }

    package static let flags: [Flag] = [
        Flag(
            name: "horizontal-pod-autoscaler-sync-period", help: "how often each autoscaler decides", defaultText: "15s",
            set: { (options, text) throws(FlagError) in
                let period = try duration(text)
                guard period > .zero else { throw FlagError(description: "\"\(text)\" is not more than nothing") }
                options.syncPeriod = period
            }),
        Flag(
            name: "horizontal-pod-autoscaler-downscale-stabilization",
            help: "how far back the largest recommendation counts before replicas are taken away", defaultText: "5m0s",
            set: { (options, text) throws(FlagError) in options.settings.downscaleStabilization = try duration(text) }),
        Flag(
            name: "horizontal-pod-autoscaler-tolerance", help: "how far usage may be from its target, as a fraction, before replicas change",
            defaultText: "0.1",
            set: { (options, text) throws(FlagError) in
                guard let tolerance = Double(text), tolerance.isFinite, tolerance >= 0 else {
                    throw FlagError(description: "\"\(text)\" is not a number from 0 on, such as 0.1")
                }
                options.settings.tolerance = Tolerance(up: tolerance, down: tolerance)
            }),
        Flag(
            name: "horizontal-pod-autoscaler-cpu-initialization-period",
            help: "how long after a pod's start its CPU may be that of starting up", defaultText: "5m0s",
            set: { (options, text) throws(FlagError) in options.settings.cpuInitializationPeriod = try duration(text) }),
        Flag(
            name: "horizontal-pod-autoscaler-initial-readiness-delay",
            help: "a pod that turns unready within this time of its start was never ready", defaultText: "30s",
            set: { (options, text) throws(FlagError) in options.settings.initialReadinessDelay = try duration(text) }),
        Flag(
            name: "concurrent-horizontal-pod-autoscaler-syncs", help: "how many autoscalers decide at once", defaultText: "5",
            set: { (options, text) throws(FlagError) in
                guard let count = Int(text), (1...10_000).contains(count) else {
                    throw FlagError(description: "\"\(text)\" is not a number from 1 to 10000")
                }
                options.concurrentSyncs = count
            }),
        Flag(
            name: "horizontal-pod-autoscaler-use-rest-clients", help: "accepted for old command lines; the metrics APIs are the only source",
            defaultText: "true",
            set: { (_, text) throws(FlagError) in
                guard ["true", "True", "TRUE", "t", "T", "1"].contains(text) else {
                    throw FlagError(description: "\"\(text)\": there is no other way than the metrics APIs; leave the flag out")
                }
            }),
    ]

    /// - Parameter flag: Without the dashes; one of `flags`.
    /// - Throws: What is wrong with `text`, or that there is no such flag.
    package mutating func set(_ flag: String, to text: String) throws(FlagError) {
        guard let known = Self.flags.first(where: { $0.name == flag }) else { throw FlagError(description: "there is no flag --\(flag)") }
        do {
            try known.set(&self, text)
        } catch {
            throw FlagError(description: "--\(flag): \(error.description)")
        }
    }

    private static func duration(_ text: String) throws(FlagError) -> Duration {
        guard let duration = Duration(goText: text), duration >= .zero else {
            throw FlagError(description: "\"\(text)\" is no duration, such as 15s or 5m0s")
        }
        return duration
    }
}
