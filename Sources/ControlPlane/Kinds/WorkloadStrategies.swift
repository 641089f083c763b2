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

    static let statefulSet = ResourceStrategy(
        nameRule: .label, generation: .spec,
        prepareForCreate: { set, _ in set["status"] = ["availableReplicas": 0, "replicas": 0] },
        validateCreate: { set, _ in StatefulSetRules.errors(set).causes },
        validateUpdate: { set, old, _ in StatefulSetRules.updateErrors(set, replacing: old).causes })

    static let daemonSet = ResourceStrategy(
        generation: .spec,
        prepareForCreate: { set, _ in
            set["status"] = ["currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0]
            set.annotations[TemplateGeneration.annotation] = String(max(1, TemplateGeneration.value(of: set) ?? 1))
        },
        prepareForUpdate: { set, old in
            // Counted here, whatever a client says of it.
            let generation = TemplateGeneration.value(of: old) ?? 0
            let isChanged = set.spec["template"] != old.spec["template"]
            set.annotations[TemplateGeneration.annotation] = String(isChanged ? generation &+ 1 : generation)
        },
        validateCreate: { set, _ in DaemonSetRules.errors(set).causes },
        validateUpdate: { set, old, _ in DaemonSetRules.updateErrors(set, replacing: old).causes })

    static let controllerRevision = ResourceStrategy(
        validateCreate: { revision, _ in ControllerRevisionRules.errors(revision).causes },
        validateUpdate: { revision, old, _ in ControllerRevisionRules.updateErrors(revision, replacing: old).causes })

    static let horizontalPodAutoscaler = ResourceStrategy(
        prepareForCreate: { autoscaler, _ in autoscaler["status"] = ["currentMetrics": .null, "desiredReplicas": 0] },
        validateCreate: { autoscaler, _ in AutoscalerRules.errors(autoscaler.spec).causes },
        validateUpdate: { autoscaler, old, _ in AutoscalerRules.errors(autoscaler.spec, replacing: old.spec).causes })
}
