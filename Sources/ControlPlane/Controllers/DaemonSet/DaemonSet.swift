// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema

/// What the controller asks of a DaemonSet.
struct DaemonSet: Sendable, Hashable {
    let object: KubeObject

    init(_ object: KubeObject) { self.object = object }

    var name: String { object.name }
    var uid: String { object.uid }
    var template: JSONValue { object.spec["template"] ?? [:] }
    var selector: LabelSelector? { try? LabelSelector(object: object.spec["selector"]) }
    var minReadySeconds: Int64 { object.spec["minReadySeconds"]?.int ?? 0 }
    var historyLimit: Int64 { object.spec["revisionHistoryLimit"]?.int ?? 10 }
    var collisionCount: Int64 { object.status["collisionCount"]?.int ?? 0 }
    /// nil where nothing has counted it.
    var templateGeneration: Int64? { TemplateGeneration.value(of: object) }

    var updatesOnDelete: Bool { object.spec.value(at: "updateStrategy", "type")?.string == "OnDelete" }
    private var rolling: JSONValue? { object.spec.value(at: "updateStrategy", "rollingUpdate") }

    /// How many nodes may have a pod too many, or none available, while pods are replaced.
    ///
    /// Both round up; where both come to none, one pod may be missing, so that it can go on.
    /// - Source: `updatedDesiredNodeCounts`, kubernetes pkg/controller/daemon/update.go
    func leeway(nodes: Int) -> RolloutLeeway {
        let surge = CountOrPercent(rolling?["maxSurge"])?.count(of: Int64(nodes), roundsUp: true) ?? 0
        let unavailable = CountOrPercent(rolling?["maxUnavailable"])?.count(of: Int64(nodes), roundsUp: true) ?? 1
        return RolloutLeeway(surge: surge, unavailable: surge == 0 && unavailable == 0 ? 1 : unavailable)
    }

    /// Whether a node ever has two pods at once.
    var surges: Bool { !updatesOnDelete && leeway(nodes: 1).surge > 0 }
}
