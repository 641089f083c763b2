// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HorizontalAutoscaler
import ScalingRules

/// kube-controller-manager's flags for its autoscaler, with its defaults; a command says its own sync period.
struct AutoscalerFlags: ParsableArguments {
    @Option(name: .customLong("horizontal-pod-autoscaler-sync-period"), help: "How often autoscalers decide.")
    var syncPeriod: DurationArgument?

    @Option(
        name: .customLong("horizontal-pod-autoscaler-downscale-stabilization"),
        help: "How long a lower recommendation must have held before it is followed.")
    var downscaleStabilization = DurationArgument(.seconds(300))

    @Option(name: .customLong("horizontal-pod-autoscaler-tolerance"), help: "How far from the target, as a fraction, makes no change.")
    var tolerance = 0.1

    @Option(
        name: .customLong("horizontal-pod-autoscaler-cpu-initialization-period"),
        help: "How long after its start a pod's CPU samples may be left out.")
    var cpuInitializationPeriod = DurationArgument(.seconds(300))

    @Option(
        name: .customLong("horizontal-pod-autoscaler-initial-readiness-delay"),
        help: "How long after its start a pod's readiness changes count as its first.")
    var initialReadinessDelay = DurationArgument(.seconds(30))

    @Option(name: .customLong("concurrent-horizontal-pod-autoscaler-syncs"), help: "How many autoscalers decide at once.")
    var concurrentSyncs = 5

    @Option(
        name: .customLong("horizontal-pod-autoscaler-use-rest-clients"),
        help: "Accepted for old command lines: the metrics APIs are the only source there is.")
    var useRestClients: Bool?

    @Option(
        name: .customLong("feature-gates"),
        help: "HPAScaleToZero, HPAConfigurableTolerance and PodLevelResources, as NAME=true|false, separated by commas.")
    var featureGates = ""

    func validate() throws {
        if useRestClients == false {
            throw ValidationError("--horizontal-pod-autoscaler-use-rest-clients=false asks for Heapster, which is gone; leave the flag out")
        }
        guard (syncPeriod?.duration ?? .seconds(1)) >= .milliseconds(100) else {
            throw ValidationError("--horizontal-pod-autoscaler-sync-period is at least 100ms")
        }
        guard tolerance.isFinite, tolerance >= 0 else {
            throw ValidationError("--horizontal-pod-autoscaler-tolerance \(tolerance) is not a number from 0 on, such as 0.1")
        }
        guard (1...10_000).contains(concurrentSyncs) else {
            throw ValidationError("--concurrent-horizontal-pod-autoscaler-syncs \(concurrentSyncs) is not within 1 … 10000")
        }
        _ = try features()
    }

    /// - Parameter syncPeriod: Where the command line says none.
    func options(syncPeriod standard: Duration) throws -> AutoscalerOptions {
        var options = AutoscalerOptions()
        options.syncPeriod = syncPeriod?.duration ?? standard
        options.concurrentSyncs = concurrentSyncs
        options.settings.downscaleStabilization = downscaleStabilization.duration
        options.settings.tolerance = Tolerance(up: tolerance, down: tolerance)
        options.settings.cpuInitializationPeriod = cpuInitializationPeriod.duration
        options.settings.initialReadinessDelay = initialReadinessDelay.duration
        options.settings.features = try features()
        return options
    }

    private enum Gate: String, CaseIterable {
        case scaleToZero = "HPAScaleToZero"
        case configurableTolerance = "HPAConfigurableTolerance"
        case podLevelResources = "PodLevelResources"
    }

    private func features() throws -> ScalingSettings.Features {
        var features = ScalingSettings.Features()
        for setting in featureGates.split(separator: ",") {
            let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let value = ["true": true, "false": false][parts[1].lowercased()] else {
                throw ValidationError("--feature-gates: \(setting) is not NAME=true or NAME=false")
            }
            switch Gate(rawValue: parts[0]) {
            case .scaleToZero: features.scaleToZero = value
            case .configurableTolerance: features.configurableTolerance = value
            case .podLevelResources: features.podLevelResources = value
            case nil:
                let known = Gate.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--feature-gates: there is no gate \(parts[0]) here; there are \(known)")
            }
        }
        return features
    }
}
