// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import ScalingRules
import Synchronization

/// What the controller knows of each autoscaler beyond the API: it goes with the autoscaler, and with the process.
final class AutoscalerMemory<Instant: InstantProtocol>: Sendable where Instant.Duration == Duration {
    struct Entry: Sendable {
        /// Of the autoscaler that all this is about; another one of the same name starts afresh.
        var uid: String
        var history = ScalingHistory()
        /// Its target's selector, as last read. Nil until then: an autoscaler not yet looked at claims no pods.
        var selector: LabelSelector?
        /// The autoscaler as our last write left it, and the versions before, which the informer may still tell of.
        private var written: (object: KubeObject, over: Set<String>)?
        /// The target's replicas when last looked at, where we don't set them.
        var seenReplicas: Int32?
        /// What the last step would have made of them, so that the log says it once.
        var lastWish: Int32?
        /// What the last step failed by, so that the log says it once.
        var lastFailure: String?

        /// When the history was last told the time, by both clocks.
        private var told: (time: Timestamp, instant: Instant)?

        init(uid: String) { self.uid = uid }

        /// Tells the history the time. Where the wall clock was set meanwhile, the past moves with it: stabilization windows and policies'
        /// periods neither end early nor start over because somebody set the clock.
        mutating func tell(_ time: Timestamp, at instant: Instant) {
            if let told {
                let step = (time - told.time) - told.instant.duration(to: instant)
                if step > .seconds(1) || step < .seconds(-1) { history = history.shifted(by: step) }
            }
            told = (time, instant)
        }

        /// The autoscaler as it is, where the informer has not yet heard of our own last writes.
        mutating func newest(_ cached: KubeObject) -> KubeObject {
            guard let written, written.over.contains(cached.resourceVersion) else {
                written = nil
                return cached
            }
            return written.object
        }

        /// Our write made `object` out of the version that `newest` gave.
        mutating func wrote(_ object: KubeObject, over version: String) {
            written = (object, (written?.over ?? []).union([version]))
        }
    }

    private let entries = Mutex<[String: [String: Entry]]>([:])

    /// What is known of the autoscaler; an empty entry where it is new.
    func entry(_ name: NamespacedName, uid: String) -> Entry {
        entries.withLock { entries in
            if let entry = entries[name.namespace]?[name.name], entry.uid == uid { return entry }
            return Entry(uid: uid)
        }
    }

    func keep(_ entry: Entry, for name: NamespacedName) {
        entries.withLock { $0[name.namespace, default: [:]][name.name] = entry }
    }

    func forget(_ name: NamespacedName) {
        entries.withLock { entries in
            entries[name.namespace]?[name.name] = nil
            if entries[name.namespace]?.isEmpty == true { entries[name.namespace] = nil }
        }
    }

    /// The autoscalers whose targets' selectors match one of `pods`, by name.
    func claimants(of pods: [PodState], in namespace: String) -> [NamespacedName] {
        // A target's pods mostly have the same labels, so that few of them need looking at.
        let labels = Set(pods.map(\.labels))
        let known = entries.withLock { $0[namespace] ?? [:] }
        let names = known.filter { _, entry in entry.selector.map { selector in labels.contains { selector.matches($0) } } ?? false }.keys
        return names.sorted().map { NamespacedName(namespace: namespace, name: $0) }
    }
}
