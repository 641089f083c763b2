// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// How many pods each ReplicaSet of a Deployment is to have next.
///
/// - Source: kubernetes pkg/controller/deployment/{rolling,recreate,sync}.go
enum RolloutRules {
    /// One ReplicaSet as far as its size goes.
    struct Size: Sendable, Hashable {
        var name: String
        var replicas: Int64
        var available: Int64
        /// The Deployment's most pods when this size was set; 0 where unknown.
        var maxReplicas: Int64

        init(name: String, replicas: Int64, available: Int64 = 0, maxReplicas: Int64 = 0) {
            self.name = name
            self.replicas = replicas
            self.available = available
            self.maxReplicas = maxReplicas
        }
    }

    /// A ReplicaSet's name and its next size.
    typealias Sizes = [String: Int64]

    /// The size of the newest ReplicaSet; up no further than the surge allows.
    static func newSize(of current: Int64, all: Int64, desired: Int64, leeway: RolloutLeeway, isRecreated: Bool) -> Int64 {
        if isRecreated || current >= desired { return desired }
        let room = max(0, desired &+ leeway.surge &- all)
        return current + min(room, desired - current)
    }

    /// What a rolling update takes from the old ReplicaSets: first what isn't available anyway, then as much as
    /// availability permits. Nothing where that is nothing.
    /// - Parameter old: The oldest first.
    static func shrunk(old: [Size], new: Size, desired: Int64, leeway: RolloutLeeway) -> Sizes {
        var old = old
        let before = Dictionary(old.map { ($0.name, $0.replicas) }) { first, _ in first }
        let minimum = desired - leeway.unavailable
        let all = old.reduce(new.replicas) { $0 &+ $1.replicas }
        var budget = all - minimum - (new.replicas - new.available)
        guard budget > 0 else { return [:] }
        for index in old.indices where budget > 0 {
            let count = min(budget, max(0, old[index].replicas - old[index].available))
            old[index].replicas -= count
            budget -= count
        }
        var spare = old.reduce(new.available) { $0 &+ $1.available } - minimum
        for index in old.indices where spare > 0 {
            let count = min(spare, old[index].replicas)
            old[index].replicas -= count
            spare -= count
        }
        return Dictionary(old.filter { before[$0.name] != $0.replicas }.map { ($0.name, $0.replicas) }) { first, _ in first }
    }

    /// A Deployment scaled in the middle of a rollout: the change is shared in proportion to the sizes.
    /// - Parameters:
    ///   - active: Those with pods, the newest first.
    ///   - current: The Deployment's pods, for sizes whose own note of the most pods is missing.
    static func proportional(active: [Size], desired: Int64, leeway: RolloutLeeway, current: Int64) -> Sizes {
        let allowed = desired > 0 ? desired &+ leeway.surge : 0
        let change = allowed - active.reduce(0) { $0 &+ $1.replicas }
        // The larger go first; of equal ones the newer grows and the older shrinks first.
        let order = (change > 0 ? active : active.reversed()).enumerated().sorted {
            $0.element.replicas == $1.element.replicas ? $0.offset < $1.offset : $0.element.replicas > $1.element.replicas
        }.map(\.element)
        var sizes: Sizes = [:]
        var shared: Int64 = 0
        for size in order {
            let share = share(of: size, change: change, left: change - shared, desired: desired, allowed: desired &+ leeway.surge, current: current)
            sizes[size.name] = size.replicas + share
            shared += share
        }
        // What rounding left over goes to the largest.
        if change != 0, let first = order.first { sizes[first.name] = max(0, (sizes[first.name] ?? 0) + change - shared) }
        return sizes
    }

    private static func share(of size: Size, change: Int64, left: Int64, desired: Int64, allowed: Int64, current: Int64) -> Int64 {
        guard size.replicas > 0, change != 0, left != 0 else { return 0 }
        let fraction: Int64
        if desired == 0 {
            fraction = -size.replicas
        } else {
            let before = size.maxReplicas > 0 ? size.maxReplicas : current
            guard before > 0 else { return 0 }
            let scaled = (Double(size.replicas) * Double(allowed) / Double(before)).rounded(.toNearestOrAwayFromZero)
            fraction = (Int64(exactly: scaled) ?? size.replicas) - size.replicas
        }
        return change > 0 ? min(fraction, left) : max(fraction, left)
    }
}
