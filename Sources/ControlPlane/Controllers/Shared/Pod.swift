// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What controllers ask of a pod.
struct Pod: Sendable, Hashable {
    let object: KubeObject

    init(_ object: KubeObject) { self.object = object }

    var name: String { object.name }
    var uid: String { object.uid }
    var phase: String { object.status["phase"]?.string ?? "" }
    /// Empty until scheduled.
    var nodeName: String { object.spec["nodeName"]?.string ?? "" }
    var address: String { object.status["podIP"]?.string ?? "" }

    /// Whether its containers have ended for good.
    var isTerminal: Bool { phase == "Succeeded" || phase == "Failed" }
    /// Whether it counts as one of its controller's.
    var isActive: Bool { !isTerminal && !object.isBeingDeleted }
    var isReady: Bool { object.hasTrueCondition("Ready") }
    /// When it last became ready; nil while it isn't.
    var readySince: Timestamp? { isReady ? object.condition("Ready")?["lastTransitionTime"]?.timestamp : nil }

    /// Whether it has been ready for long enough.
    func isAvailable(minReadySeconds: Int64, at now: Timestamp) -> Bool {
        guard isReady else { return false }
        guard minReadySeconds > 0 else { return true }
        guard let readySince else { return false }
        return readySince + .seconds(minReadySeconds) <= now
    }

    /// Of all its containers.
    var restarts: Int64 { (object.status["containerStatuses"]?.array ?? []).reduce(0) { $0 &+ ($1["restartCount"]?.int ?? 0) } }

    /// `controller.kubernetes.io/pod-deletion-cost`: pods that cost less go first.
    var deletionCost: Int64 { object.annotations["controller.kubernetes.io/pod-deletion-cost"].flatMap { Int64($0) } ?? 0 }
}

extension Sequence<Pod> {
    /// How long until the next of them has been ready for long enough, when nothing happens to it; nil where none is on its way there.
    func nextAvailability(minReadySeconds: Int64, after now: Timestamp) -> Duration? {
        guard minReadySeconds > 0 else { return nil }
        return compactMap { pod in pod.readySince.map { $0 + .seconds(minReadySeconds) } }.filter { $0 > now }.min().map { $0 - now }
    }
}
