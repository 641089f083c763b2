// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// How leaders are elected; kube-controller-manager's `--leader-elect-*` flags, with its defaults.
package struct LeaderElectionSettings: Sendable, Hashable {
    /// How long a lease holds that is no longer renewed.
    package var leaseDuration = Duration.seconds(15)
    /// How long a leader goes on that cannot renew; shorter than the lease, so that there are never two.
    package var renewDeadline = Duration.seconds(10)
    /// Between two attempts.
    package var retryPeriod = Duration.seconds(2)

    package init() {}

    /// What makes two leaders possible, or none; nil where nothing does.
    package var problem: String? {
        if retryPeriod <= .zero { return "--leader-elect-retry-period must be more than nothing" }
        if renewDeadline <= retryPeriod { return "--leader-elect-renew-deadline must be more than --leader-elect-retry-period" }
        if leaseDuration <= renewDeadline { return "--leader-elect-lease-duration must be more than --leader-elect-renew-deadline" }
        return nil
    }
}

/// What one candidate knows of a Lease, and what follows from it.
///
/// Whether another's lease has run out is told by how long it has not changed here, never by the times in it: those are of another clock.
/// - Source: `tryAcquireOrRenew`, kubernetes v1.36 staging/src/k8s.io/client-go/tools/leaderelection/leaderelection.go
package struct LeaseCandidate<Instant: InstantProtocol>: Sendable where Instant.Duration == Duration {
    package enum Step: Sendable, Hashable {
        /// There is no Lease.
        case create(KubeObject)
        /// Over the version that was read.
        case update(KubeObject)
        /// Another holds it.
        case wait(holder: String)
    }

    private let identity: String
    private let name: NamespacedName
    private let settings: LeaderElectionSettings
    private let annotations: [String: String]
    private var seenVersion: String?
    private var seenAt: Instant?

    /// - Parameters:
    ///   - identity: Of this process, and of no other.
    ///   - annotations: Written on the Lease by its holder.
    package init(identity: String, lease: NamespacedName, settings: LeaderElectionSettings, annotations: [String: String] = [:]) {
        self.identity = identity
        name = lease
        self.settings = settings
        self.annotations = annotations
    }

    /// What to do about the Lease as it was just read; nil where there is none.
    package mutating func step(_ lease: KubeObject?, at instant: Instant, now: Timestamp) -> Step {
        guard let lease else {
            seenVersion = nil
            var new = KubeObject(
                GroupVersionKind(group: "coordination.k8s.io", version: "v1", kind: "Lease"), namespace: name.namespace, name: name.name)
            hold(&new, acquired: now, transitions: 0, now: now)
            return .create(new)
        }
        if lease.resourceVersion != seenVersion {
            seenVersion = lease.resourceVersion
            seenAt = instant
        }
        let holder = lease.spec["holderIdentity"]?.string ?? ""
        let transitions = lease.spec["leaseTransitions"]?.int ?? 0
        var taken = lease
        if holder == identity {
            hold(&taken, acquired: lease.spec["acquireTime"]?.timestamp ?? now, transitions: transitions, now: now)
            return .update(taken)
        }
        let validUntil = (seenAt ?? instant).advanced(by: duration(of: lease))
        guard holder.isEmpty || validUntil <= instant else { return .wait(holder: holder) }
        hold(&taken, acquired: now, transitions: transitions.addingReportingOverflow(1).partialValue, now: now)
        return .update(taken)
    }

    /// The Lease given back, so that another need not wait for it to run out; nil where it is not ours to give.
    package func released(_ lease: KubeObject, now: Timestamp) -> KubeObject? {
        guard lease.spec["holderIdentity"]?.string == identity else { return nil }
        var free = lease
        free.set("", at: "spec", "holderIdentity")
        free.set(1, at: "spec", "leaseDurationSeconds")
        free.set(.string(now.microText), at: "spec", "renewTime")
        return free
    }

    /// The holder's own word on how long its lease holds, within reason; else ours.
    private func duration(of lease: KubeObject) -> Duration {
        guard let seconds = lease.spec["leaseDurationSeconds"]?.int, (1...86_400).contains(seconds) else { return settings.leaseDuration }
        return .seconds(seconds)
    }

    private func hold(_ lease: inout KubeObject, acquired: Timestamp, transitions: Int64, now: Timestamp) {
        lease.set(.string(identity), at: "spec", "holderIdentity")
        // Whole seconds in the API; a shorter lease counts as one.
        lease.set(.integer(max(1, settings.leaseDuration.components.seconds)), at: "spec", "leaseDurationSeconds")
        lease.set(.string(acquired.microText), at: "spec", "acquireTime")
        lease.set(.string(now.microText), at: "spec", "renewTime")
        lease.set(.integer(transitions), at: "spec", "leaseTransitions")
        for (key, value) in annotations { lease.set(.string(value), at: "metadata", "annotations", key) }
    }
}
