// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ScalingRules

/// What kube-controller-manager's flags set for its autoscaler, with its defaults.
package struct AutoscalerOptions: Sendable, Hashable {
    /// The lab takes 1 s.
    package var syncPeriod: Duration = .seconds(15)
    /// How many autoscalers decide at once.
    package var concurrentSyncs = 5
    package var settings = ScalingSettings()
    /// Whether decisions are carried out, or only recorded: no scale, no status and no event is written then.
    package var acts = true

    package init() {}
}
