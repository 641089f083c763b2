// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Logging

/// Runs something in one process of several at a time: in the one that holds a Lease.
package struct LeaderElector<C: Clock & Sendable>: Sendable where C.Duration == Duration {
    private let client: KubeClient
    private let lease: NamespacedName
    private let identity: String
    private let settings: LeaderElectionSettings
    private let annotations: [String: String]
    private let clock: C
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    /// - Parameters:
    ///   - client: May get, create and update Leases in the Lease's namespace.
    ///   - identity: Of this process, and of no other.
    ///   - annotations: Written on the Lease while it is held here.
    package init(
        client: KubeClient, lease: NamespacedName, identity: String, settings: LeaderElectionSettings = LeaderElectionSettings(),
        annotations: [String: String] = [:], clock: C, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.client = client
        self.lease = lease
        self.identity = identity
        self.settings = settings
        self.annotations = annotations
        self.clock = clock
        self.now = now
        self.logger = logger
    }

    /// Until cancelled: waits for the Lease, runs `lead` while it is held here, and waits again where it was lost. `lead` is cancelled before
    /// the Lease can be another's; when the wait ends by cancellation the Lease is given back.
    ///
    /// - Throws: What `lead` throws.
    package func run(_ lead: @escaping @Sendable () async throws -> Void) async throws {
        while let acquiredAt = await acquire() {
            logger.info("became the leader", metadata: ["lease": "\(lease)", "identity": "\(identity)"])
            do {
                guard try await hold(since: acquiredAt, lead) else { break }
            } catch {
                await release()
                throw error
            }
            logger.error("lost the lease and stopped acting", metadata: ["lease": "\(lease)", "identity": "\(identity)"])
        }
        await release()
    }

    /// Returns when the request began by which the Lease was got; nil once cancelled.
    private func acquire() async -> C.Instant? {
        var candidate = candidate
        var toldHolder: String?
        while !Task.isCancelled {
            let began = clock.now
            switch await attempt(&candidate) {
            case .held: return began
            case .elsewhere(let holder):
                if holder != toldHolder { logger.info("another is the leader", metadata: ["lease": "\(lease)", "holder": "\(holder)"]) }
                toldHolder = holder
            case .failed(let error):
                if Task.isCancelled { return nil }
                logger.warning("cannot get the lease", metadata: ["lease": "\(lease)", "error": "\(error)"])
            }
            // Apart from one another, so that candidates that began together don't collide for ever.
            let jitter = settings.retryPeriod * Double.random(in: 0...0.2)
            do { try await clock.sleep(until: clock.now.advanced(by: settings.retryPeriod + jitter), tolerance: nil) } catch { return nil }
        }
        return nil
    }

    /// Runs `lead` beside renewing, whichever ends first; true where the Lease was lost, false where all is to end.
    private func hold(since acquiredAt: C.Instant, _ lead: @escaping @Sendable () async throws -> Void) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await lead()
                return false
            }
            group.addTask { await renew(since: acquiredAt) }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    /// Until the deadline passes without a renewal (true), or cancelled (false).
    private func renew(since acquiredAt: C.Instant) async -> Bool {
        var candidate = candidate
        var deadline = acquiredAt.advanced(by: settings.renewDeadline)
        while true {
            do { try await clock.sleep(until: min(clock.now.advanced(by: settings.retryPeriod), deadline), tolerance: nil) } catch { return false }
            let began = clock.now
            guard began < deadline else { return true }
            guard let (next, outcome) = await attempt(candidate, before: deadline) else { return !Task.isCancelled }
            candidate = next
            switch outcome {
            case .held: deadline = began.advanced(by: settings.renewDeadline)
            case .elsewhere: return true
            case .failed(let error):
                if Task.isCancelled { return false }
                logger.warning("cannot renew the lease", metadata: ["lease": "\(lease)", "error": "\(error)"])
            }
        }
    }

    // MARK: Requests

    private enum Attempt: Sendable {
        case held
        case elsewhere(holder: String)
        case failed(any Error)
    }

    private var candidate: LeaseCandidate<C.Instant> {
        LeaseCandidate(identity: identity, lease: lease, settings: settings, annotations: annotations)
    }

    /// Nil where there is no answer by then.
    private func attempt(_ candidate: LeaseCandidate<C.Instant>, before deadline: C.Instant) async -> (LeaseCandidate<C.Instant>, Attempt)? {
        await withTaskGroup(of: (LeaseCandidate<C.Instant>, Attempt)?.self) { group in
            group.addTask {
                var next = candidate
                let outcome = await attempt(&next)
                return (next, outcome)
            }
            group.addTask {
                try? await clock.sleep(until: deadline, tolerance: nil)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private func attempt(_ candidate: inout LeaseCandidate<C.Instant>) async -> Attempt {
        do {
            switch candidate.step(try await read(), at: clock.now, now: now()) {
            case .create(let object): try await client.create(.leases, object)
            case .update(let object): try await client.update(.leases, object)
            case .wait(let holder): return .elsewhere(holder: holder)
            }
            return .held
        } catch {
            return .failed(error)
        }
    }

    private func read() async throws -> KubeObject? {
        do {
            return try await client.get(.leases, namespace: lease.namespace, name: lease.name)
        } catch let error as APIError where error.reason == .notFound {
            return nil
        }
    }

    /// In a task of its own, since the one that held the Lease is cancelled by now; for a moment only, as the Lease runs out by itself.
    private func release() async {
        await Task {
            do {
                guard let held = try await read(), let free = candidate.released(held, now: now()) else { return }
                try await client.update(.leases, free)
                logger.info("gave the lease back", metadata: ["lease": "\(lease)", "identity": "\(identity)"])
            } catch {
                logger.debug("cannot give the lease back", metadata: ["lease": "\(lease)", "error": "\(error)"])
            }
        }.value
    }
}
