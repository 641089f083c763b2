// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeModel

/// How long a DaemonSet's failed pod stays on a node before it is replaced: longer each time it fails again, up to a quarter of an hour,
/// and from the beginning once it has not failed for that long.
///
/// - Source: `failedPodsBackoff`, kubernetes pkg/controller/daemon/daemon_controller.go; k8s.io/client-go util/flowcontrol/backoff.go
struct FailedPodBackOff: Sendable {
    private struct Place: Hashable {
        var set: String
        var node: String
    }

    private struct Entry {
        var failures: Int
        var last: Timestamp
    }

    private static let backOff = BackOff(first: .seconds(1), limit: .seconds(900))
    private var entries: [Place: Entry] = [:]

    /// How much longer pods of a set (its uid) that failed on a node stay; nil where they go at once.
    func wait(set: String, node: String, now: Timestamp) -> Duration? {
        guard let entry = entries[Place(set: set, node: node)] else { return nil }
        let left = entry.last + Self.backOff.delay(afterFailures: entry.failures) - now
        return left > .zero ? left : nil
    }

    /// The nodes where a set's failed pods stay for now.
    func held(set: String, now: Timestamp) -> Set<String> {
        Set(entries.keys.filter { $0.set == set && wait(set: set, node: $0.node, now: now) != nil }.map(\.node))
    }

    /// A failed pod is about to be replaced.
    mutating func note(set: String, node: String, now: Timestamp) {
        let limit = Self.backOff.limit
        entries = entries.filter { now - $0.value.last <= limit * 2 }
        entries[Place(set: set, node: node), default: Entry(failures: 0, last: now)].failures += 1
        entries[Place(set: set, node: node)]?.last = now
    }

    mutating func forget(set: String) { entries = entries.filter { $0.key.set != set } }
}
