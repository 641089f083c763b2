// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What one controller applies to every autoscaler: kube-controller-manager's flags, with its defaults.
package struct ScalingSettings: Sendable, Hashable {
    package var tolerance = Tolerance(up: 0.1, down: 0.1)
    package var downscaleStabilization: Duration = .seconds(300)
    /// How long after a pod's start its CPU may be that of starting up.
    package var cpuInitializationPeriod: Duration = .seconds(300)
    /// A pod that turned unready within this time of its start is taken for one that was never ready.
    package var initialReadinessDelay: Duration = .seconds(30)
    /// Without a behavior, the target grows to at most this many times its replicas in one step…
    package var scaleUpLimitFactor = 2.0
    /// … or to this many, whichever is more.
    package var scaleUpLimitMinimum = 4.0
    package var features = Features()

    package init() {}

    /// Upstream's feature gates that change what is decided, as they stand in 1.36.
    package struct Features: Sendable, Hashable {
        package var scaleToZero = false
        package var configurableTolerance = true
        package var podLevelResources = true

        package init() {}
    }

    /// The tolerances of one autoscaler: its behavior's, where it has any.
    func tolerance(for behavior: ScalingBehavior?) -> Tolerance {
        guard features.configurableTolerance, let behavior else { return tolerance }
        return Tolerance(up: behavior.scaleUp.tolerance ?? tolerance.up, down: behavior.scaleDown.tolerance ?? tolerance.down)
    }
}

/// How far a usage may be from its target, as fractions of the target, before anything is done.
package struct Tolerance: Sendable, Hashable {
    package var up: Double
    package var down: Double

    package init(up: Double, down: Double) {
        self.up = up
        self.down = down
    }

    /// False for NaN.
    func contains(_ usageRatio: Double) -> Bool { 1 - down <= usageRatio && usageRatio <= 1 + up }
}
