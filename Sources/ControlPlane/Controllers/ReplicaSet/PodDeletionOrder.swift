// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Which of a ReplicaSet's pods to give up first: those whose loss is felt least.
///
/// - Source: `ActivePodsWithRanks`, kubernetes pkg/controller/controller_utils.go
struct PodDeletionOrder: Sendable {
    /// How many pods of the same workload run on a node; pods on crowded nodes go first.
    let podsPerNode: [String: Int]
    let now: Timestamp

    init(related pods: [Pod], now: Timestamp) {
        podsPerNode = pods.reduce(into: [:]) { if $1.isActive { $0[$1.nodeName, default: 0] += 1 } }
        self.now = now
    }

    /// The `count` pods to delete.
    func choose(_ count: Int, of pods: [Pod]) -> [Pod] {
        guard count < pods.count else { return pods }
        return Array(pods.sorted(by: goesFirst).prefix(count))
    }

    func goesFirst(_ left: Pod, _ right: Pod) -> Bool {
        if left.nodeName.isEmpty != right.nodeName.isEmpty { return left.nodeName.isEmpty }
        if Self.rank(left.phase) != Self.rank(right.phase) { return Self.rank(left.phase) < Self.rank(right.phase) }
        if left.isReady != right.isReady { return !left.isReady }
        if left.deletionCost != right.deletionCost { return left.deletionCost < right.deletionCost }
        let (crowd, otherCrowd) = (podsPerNode[left.nodeName] ?? 0, podsPerNode[right.nodeName] ?? 0)
        if crowd != otherCrowd { return crowd > otherCrowd }
        if let since = left.readySince, let otherSince = right.readySince, since != otherSince { return isYounger(since, otherSince, left, right) }
        if left.restarts != right.restarts { return left.restarts > right.restarts }
        let (created, otherCreated) = (left.object.creationTimestamp ?? .zero, right.object.creationTimestamp ?? .zero)
        if created != otherCreated { return isYounger(created, otherCreated, left, right) }
        return left.uid < right.uid
    }

    private static func rank(_ phase: String) -> Int {
        switch phase {
        case "Pending": 0
        case "Running": 2
        default: 1
        }
    }

    /// Ages are compared by their magnitude only, so that among pods of like age chance decides rather than the second of their start.
    private func isYounger(_ time: Timestamp, _ other: Timestamp, _ left: Pod, _ right: Pod) -> Bool {
        let (age, otherAge) = (magnitude(time), magnitude(other))
        return age == otherAge ? left.uid < right.uid : age < otherAge
    }

    private func magnitude(_ time: Timestamp) -> Int {
        let nanoseconds = now.nanosecondsSinceEpoch.subtractingReportingOverflow(time.nanosecondsSinceEpoch).partialValue
        return nanoseconds <= 0 ? -1 : Int64.bitWidth - nanoseconds.leadingZeroBitCount
    }
}
