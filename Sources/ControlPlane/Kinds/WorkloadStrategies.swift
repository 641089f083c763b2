// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema

extension ResourceStrategy {
    static let deployment = ResourceStrategy(
        statusCarriesAnnotations: true, generation: .specAndAnnotations,
        prepareForCreate: { deployment, _ in deployment["status"] = [:] },
        validateCreate: { deployment, _ in WorkloadRules.errors(deployment).causes },
        validateUpdate: { deployment, old, _ in WorkloadRules.updateErrors(deployment, replacing: old).causes })

    static let replicaSet = ResourceStrategy(
        generation: .spec,
        prepareForCreate: { replicaSet, _ in replicaSet["status"] = ["replicas": 0] },
        validateCreate: { replicaSet, _ in WorkloadRules.errors(replicaSet).causes },
        validateUpdate: { replicaSet, old, _ in WorkloadRules.updateErrors(replicaSet, replacing: old).causes })

    static let horizontalPodAutoscaler = ResourceStrategy(
        prepareForCreate: { autoscaler, _ in autoscaler["status"] = ["currentMetrics": .null, "desiredReplicas": 0] },
        validateCreate: { autoscaler, _ in AutoscalerRules.errors(autoscaler.spec).causes },
        validateUpdate: { autoscaler, old, _ in AutoscalerRules.errors(autoscaler.spec, replacing: old.spec).causes })
}
