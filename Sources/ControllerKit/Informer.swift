// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Logging
import ServiceLifecycle
import Synchronization

/// A local copy of a resource, kept fresh by a list and a watch, with indexes; tells its handlers of each change in order.
package final class Informer: Service {
    /// From nothing to an object: added; from one to another: changed (never told where nothing changed); to nothing: deleted.
    package typealias Handler = @Sendable (_ old: KubeObject?, _ new: KubeObject?) -> Void

    /// Under which values an object is found, such as the nodes a pod runs on.
    package typealias IndexValues = @Sendable (KubeObject) -> [String]

    private struct State {
        var cache: ObjectCache
        var handlers: [Handler] = []
        var hasSynced = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    package let resource: GroupVersionResource
    private let client: KubeClient
    private let namespace: String?
    private let labelSelector: String?
    private let fieldSelector: String?
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state: Mutex<State>

    package init(
        client: KubeClient, resource: GroupVersionResource, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        indexes: [String: IndexValues] = [:], clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.client = client
        self.resource = resource
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.clock = clock
        self.logger = logger
        state = Mutex(State(cache: ObjectCache(indexes: indexes)))
    }

    /// Called in order, on the informer's task, with short work only (queue a key). One that comes late is told of what is there.
    package func onChange(_ handler: @escaping Handler) {
        let known = state.withLock { state in
            state.handlers.append(handler)
            return state.cache.list(namespace: nil)
        }
        for object in known { handler(nil, object) }
    }

    package func get(_ name: NamespacedName) -> KubeObject? { state.withLock { $0.cache.objects[name] } }
    package func list(namespace: String? = nil) -> [KubeObject] { state.withLock { $0.cache.list(namespace: namespace) } }
    package func list(index: String, _ value: String) -> [KubeObject] { state.withLock { $0.cache.list(index: index, value) } }

    /// Whether the first list has arrived.
    package var hasSynced: Bool { state.withLock { $0.hasSynced } }

    package func waitUntilSynced() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                guard !state.hasSynced else { return true }
                state.waiters.append(continuation)
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.follow() }
        // Nobody is left waiting for a list that will not come.
        synced()
    }

    private func follow() async {
        let backOff = BackOff(first: .milliseconds(50), limit: .seconds(5))
        var failures = 0
        var revision: String?
        while !Task.isCancelled {
            do {
                if let current = revision {
                    revision = try await watch(from: current)
                } else {
                    revision = try await relist()
                }
                failures = 0
            } catch is CancellationError {
                return
            } catch let error as APIError where error.code == 410 {
                revision = nil
            } catch {
                guard !Task.isCancelled else { return }
                failures += 1
                if failures == 3 {
                    logger.warning("cannot follow a resource", metadata: ["resource": "\(resource)", "error": "\(error)"])
                }
                // What was missed meanwhile is in the next list.
                revision = nil
                try? await clock.sleep(for: backOff.delay(afterFailures: failures))
            }
        }
    }

    private func relist() async throws -> String {
        let list = try await client.list(resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector)
        let (changes, handlers) = state.withLock { ($0.cache.replaceAll(list.items), $0.handlers) }
        notify(handlers, changes)
        synced()
        return list.resourceVersion
    }

    private func synced() {
        let waiters = state.withLock { state in
            state.hasSynced = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Until the server ends it; the revision it came to.
    private func watch(from start: String) async throws -> String {
        var revision = start
        let events = try await client.watch(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector, resourceVersion: revision,
            timeoutSeconds: Int.random(in: 300...600))
        for try await event in events {
            revision = event.object.resourceVersion
            guard event.kind != .bookmark else { continue }
            let (change, handlers) = state.withLock { state in
                (event.kind == .deleted ? state.cache.remove(event.object) : state.cache.insert(event.object), state.handlers)
            }
            if let change { notify(handlers, [change]) }
        }
        return revision
    }

    private func notify(_ handlers: [Handler], _ changes: [ObjectCache.Change]) {
        for change in changes { for handler in handlers { handler(change.old, change.new) } }
    }
}
