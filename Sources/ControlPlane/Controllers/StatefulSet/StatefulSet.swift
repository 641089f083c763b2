// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What the controller asks of a StatefulSet.
struct StatefulSet: Sendable, Hashable {
    let object: KubeObject

    init(_ object: KubeObject) { self.object = object }

    var name: String { object.name }
    var uid: String { object.uid }
    var replicas: Int64 { object.spec["replicas"]?.int ?? 1 }
    var template: JSONValue { object.spec["template"] ?? [:] }
    var selector: LabelSelector? { try? LabelSelector(object: object.spec["selector"]) }
    var serviceName: String { object.spec["serviceName"]?.string ?? "" }
    var minReadySeconds: Int64 { object.spec["minReadySeconds"]?.int ?? 0 }
    /// Whether pods are made and deleted all at once rather than one after the other.
    var isParallel: Bool { object.spec["podManagementPolicy"]?.string == "Parallel" }
    var historyLimit: Int64 { object.spec["revisionHistoryLimit"]?.int ?? 10 }
    var claimTemplates: [JSONValue] { object.spec["volumeClaimTemplates"]?.array ?? [] }

    /// The ordinal of the first pod.
    var start: Int64 { object.spec.value(at: "ordinals", "start")?.int ?? 0 }
    /// Of the pods asked for.
    var ordinals: Range<Int64> { start..<(start &+ max(0, replicas)) }

    // MARK: Updates

    var updatesOnDelete: Bool { object.spec.value(at: "updateStrategy", "type")?.string == "OnDelete" }
    private var rolling: JSONValue? { object.spec.value(at: "updateStrategy", "rollingUpdate") }
    /// How many of the first pods keep the current revision; nil where nothing is said of rolling updates.
    var partition: Int64? { rolling?.object == nil ? nil : rolling?["partition"]?.int ?? 0 }
    /// How many pods may be unavailable at once; nil where nothing is said: then one, and none before the last one is back.
    var maxUnavailable: Int64? {
        guard let value = rolling?["maxUnavailable"], !value.isNull else { return nil }
        return max(1, CountOrPercent(value)?.count(of: replicas, roundsUp: false) ?? 1)
    }

    // MARK: Status

    var currentRevision: String { object.status["currentRevision"]?.string ?? "" }
    var currentReplicas: Int64 { object.status["currentReplicas"]?.int ?? 0 }
    var collisionCount: Int64 { object.status["collisionCount"]?.int ?? 0 }

    // MARK: Pods

    func podName(_ ordinal: Int64) -> String { "\(name)-\(ordinal)" }

    /// nil for a name that is not one of the set's.
    func ordinal(of pod: String) -> Int64? {
        guard let dash = pod.lastIndex(of: "-"), pod[..<dash] == name else { return nil }
        let digits = pod[pod.index(after: dash)...]
        guard digits.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), let ordinal = Int64(digits) else { return nil }
        return podName(ordinal) == pod ? ordinal : nil
    }
}
