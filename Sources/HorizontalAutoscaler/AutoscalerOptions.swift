// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ScalingRules

/// What kube-controller-manager's flags set for its autoscaler, with its defaults.
package struct AutoscalerOptions: Sendable, Hashable {
    /// `--horizontal-pod-autoscaler-sync-period`. The lab takes 1 s.
    package var syncPeriod: Duration = .seconds(15)
    /// `--concurrent-horizontal-pod-autoscaler-syncs`.
    package var concurrentSyncs = 5
    /// `--horizontal-pod-autoscaler-tolerance`, `-downscale-stabilization`, `-cpu-initialization-period` and `-initial-readiness-delay`.
    package var settings = ScalingSettings()

    package init() {}
}
