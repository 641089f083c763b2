// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What the controller asks of a Deployment.
struct Deployment: Sendable, Hashable {
    var object: KubeObject

    init(_ object: KubeObject) { self.object = object }

    var name: String { object.name }
    var uid: String { object.uid }
    var replicas: Int64 { object.spec["replicas"]?.int ?? 1 }
    var template: JSONValue { object.spec["template"] ?? [:] }
    var selector: LabelSelector? { try? LabelSelector(object: object.spec["selector"]) }
    var minReadySeconds: Int64 { object.spec["minReadySeconds"]?.int ?? 0 }
    var isPaused: Bool { object.spec["paused"]?.bool ?? false }
    var isRecreated: Bool { object.spec.value(at: "strategy", "type")?.string == "Recreate" }
    /// nil: all of the history is kept.
    var historyLimit: Int64? { object.spec["revisionHistoryLimit"]?.int.flatMap { $0 == Int64(Int32.max) ? nil : $0 } }
    /// nil: a rollout may take for ever.
    var progressDeadline: Duration? {
        object.spec["progressDeadlineSeconds"]?.int.flatMap { $0 == Int64(Int32.max) ? nil : .seconds($0) }
    }
    /// How often the name of a ReplicaSet to be was taken by another.
    var collisionCount: Int64 { object.status["collisionCount"]?.int ?? 0 }

    /// How far a rolling update may go beyond and below the replicas asked for.
    ///
    /// The surplus rounds up and the shortfall down; where both come to none, one pod may be missing, so that it can go on.
    /// - Source: `ResolveFenceposts`, `MaxUnavailable`, kubernetes pkg/controller/deployment/util
    var leeway: RolloutLeeway {
        guard !isRecreated else { return RolloutLeeway(surge: 0, unavailable: 0) }
        let rolling = object.spec.value(at: "strategy", "rollingUpdate")
        let surge = Self.resolve(rolling?["maxSurge"], of: replicas, roundsUp: true)
        var unavailable = Self.resolve(rolling?["maxUnavailable"], of: replicas, roundsUp: false)
        if surge == 0, unavailable == 0 { unavailable = 1 }
        return RolloutLeeway(surge: surge, unavailable: min(unavailable, replicas))
    }

    /// Absent stands for a quarter, and what is neither for nothing.
    private static func resolve(_ value: JSONValue?, of total: Int64, roundsUp: Bool) -> Int64 {
        CountOrPercent(value ?? "25%")?.count(of: total, roundsUp: roundsUp) ?? 0
    }
}

struct RolloutLeeway: Sendable, Hashable {
    var surge: Int64
    var unavailable: Int64
}

/// What the controller notes on ReplicaSets, where `kubectl rollout` reads it.
enum DeploymentAnnotation {
    static let revision = "deployment.kubernetes.io/revision"
    static let revisionHistory = "deployment.kubernetes.io/revision-history"
    static let desiredReplicas = "deployment.kubernetes.io/desired-replicas"
    static let maxReplicas = "deployment.kubernetes.io/max-replicas"
    /// Those of a Deployment that its ReplicaSets don't take over.
    static let ownedByDeployment: Set<String> = [
        "kubectl.kubernetes.io/last-applied-configuration", revision, revisionHistory, desiredReplicas, maxReplicas,
        "deprecated.deployment.rollback.to",
    ]
}
