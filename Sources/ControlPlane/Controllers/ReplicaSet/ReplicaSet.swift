// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What controllers ask of a ReplicaSet.
struct ReplicaSet: Sendable, Hashable {
    static let kind = GroupVersionKind(group: "apps", version: "v1", kind: "ReplicaSet")

    var object: KubeObject

    init(_ object: KubeObject) { self.object = object }

    var name: String { object.name }
    var uid: String { object.uid }
    /// What is asked for.
    var replicas: Int64 { object.spec["replicas"]?.int ?? 1 }
    var minReadySeconds: Int64 { object.spec["minReadySeconds"]?.int ?? 0 }
    var template: JSONValue { object.spec["template"] ?? [:] }
    /// nil where it cannot be read: then it selects nothing.
    var selector: LabelSelector? { try? LabelSelector(object: object.spec["selector"]) }

    /// What its controller has seen.
    var currentReplicas: Int64 { object.status["replicas"]?.int ?? 0 }
    var readyReplicas: Int64 { object.status["readyReplicas"]?.int ?? 0 }
    var availableReplicas: Int64 { object.status["availableReplicas"]?.int ?? 0 }
    var observedGeneration: Int64 { object.status["observedGeneration"]?.int ?? 0 }

    func annotation(_ key: String) -> String? { object.annotations[key] }
    /// In which order to take ReplicaSets: the older first.
    static func isOlder(_ left: Self, _ right: Self) -> Bool {
        let (one, other) = (left.object.creationTimestamp ?? .zero, right.object.creationTimestamp ?? .zero)
        return one == other ? left.name < right.name : one < other
    }
}
