// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension Step {
    /// Whether the target stands at zero because we put it there.
    var wasScaledToZero: Bool { settings.features.scaleToZero && observation.status.condition("ScaledToZero")?.status == "True" }

    /// A target at zero that a user put there is left alone; one that we put there grows again once its minimum, or a metric that
    /// needs no pods, asks for it.
    ///
    /// - Source: `shouldComputeMetricsForZeroReplicas`, kubernetes v1.36 pkg/controller/podautoscaler/horizontal.go
    var mayScaleFromZero: Bool { wasScaledToZero && (spec.minReplicas != 0 || hasMetricsWithoutPods) }

    /// Keeps the condition `ScaledToZero` true to what was last done.
    func sayWhetherScaledToZero(_ status: inout AutoscalerStatus, from current: Int32, to replicas: Int32) {
        guard settings.features.scaleToZero else {
            status.removeCondition("ScaledToZero")
            return
        }
        if current > 0 && replicas == 0 && spec.minReplicas == 0 && hasMetricsWithoutPods {
            status.set("ScaledToZero", true, "ScaledToZero", "the HPA controller scaled the workload to zero", at: now)
        } else {
            status.set("ScaledToZero", false, "NotScaledToZero", "the HPA controller did not scale the workload to zero", at: now)
        }
    }

    private var hasMetricsWithoutPods: Bool {
        spec.metrics.contains { metric in
            switch metric {
            case .object, .external: true
            case .resource, .pods, .other: false
            }
        }
    }
}
