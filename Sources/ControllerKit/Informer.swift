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
        var hasEnded = false
        /// Whether the last list or watch was answered; nil before the first.
        var isConnected: Bool?
        var attemptWaiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
        var lastWaiter = 0

        mutating func nextWaiter() -> Int {
            lastWaiter += 1
            return lastWaiter
        }
    }

    package let resource: GroupVersionResource
    private let client: KubeClient
    private let namespace: String?
    private let labelSelector: String?
    private let fieldSelector: String?
    private let metadataOnly: Bool
    private let keeping: @Sendable (KubeObject) -> KubeObject
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state: Mutex<State>
    /// Held from a change of the cache until all handlers know of it. Readers don't need it, so that handlers may read.
    private let delivery = Mutex(())

    /// - Parameters:
    ///   - metadataOnly: Keeps no more of each object than its metadata.
    ///   - keeping: What is kept of each object and told to handlers: of many large ones, the few fields that matter. It has to leave the
    ///     name, the uid and the version.
    package init(
        client: KubeClient, resource: GroupVersionResource, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        metadataOnly: Bool = false, keeping: @escaping @Sendable (KubeObject) -> KubeObject = { $0 }, indexes: [String: IndexValues] = [:],
        clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.client = client
        self.resource = resource
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.metadataOnly = metadataOnly
        self.keeping = keeping
        self.clock = clock
        self.logger = logger
        state = Mutex(State(cache: ObjectCache(indexes: indexes)))
    }

    /// Called in order, one change at a time, with short work only (queue a key). One that comes late is told of what is there.
    package func onChange(_ handler: @escaping Handler) {
        delivery.withLock { _ in
            let known = state.withLock { state in
                state.handlers.append(handler)
                return state.cache.list(namespace: nil)
            }
            for object in known { handler(nil, object) }
        }
    }

    package func get(_ name: NamespacedName) -> KubeObject? { state.withLock { $0.cache.objects[name] } }
    package func list(namespace: String? = nil) -> [KubeObject] { state.withLock { $0.cache.list(namespace: namespace) } }
    package func list(index: String, _ value: String) -> [KubeObject] { state.withLock { $0.cache.list(index: index, value) } }

    /// Whether it holds all objects of the resource, whole.
    package var isComplete: Bool { namespace == nil && labelSelector == nil && fieldSelector == nil && !metadataOnly }

    /// Whether the first list has arrived.
    package var hasSynced: Bool { state.withLock { $0.hasSynced } }

    /// Whether it holds the resource and heard of the server last time it asked: what it holds is then late by a watch's delay only.
    package var isCurrent: Bool { state.withLock { $0.hasSynced && $0.isConnected == true } }

    /// Returns once the first list has arrived or was refused, the informer ended, or the waiting task is cancelled.
    package func waitUntilAttempted() async {
        let number = state.withLock { $0.nextWaiter() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard state.isConnected == nil, !state.hasEnded, !Task.isCancelled else { return true }
                    state.attemptWaiters[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.attemptWaiters.removeValue(forKey: number) }?.resume()
        }
    }

    /// Returns once the first list has arrived.
    /// - Throws: `CancellationError` where the waiting task is cancelled, or the informer ends without a list.
    package func waitUntilSynced() async throws {
        let number = state.withLock { $0.nextWaiter() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let step = state.withLock { state -> Result<Void, any Error>? in
                    if state.hasSynced { return .success(()) }
                    if Task.isCancelled || state.hasEnded { return .failure(CancellationError()) }
                    state.waiters[number] = continuation
                    return nil
                }
                if let step { continuation.resume(with: step) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(throwing: CancellationError())
        }
    }

    package func run() async throws {
        var reflector = Reflector(client: client, resource: resource, clock: clock, logger: logger)
        reflector.namespace = namespace
        reflector.labelSelector = labelSelector
        reflector.fieldSelector = fieldSelector
        reflector.metadataOnly = metadataOnly
        await reflector.run(Feed(informer: self))
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters = [:] }
            return state.waiters.values.map { $0 }
        }
        // Nobody is left waiting for a list that will not come.
        for waiter in waiters { waiter.resume(throwing: CancellationError()) }
        connected(false)
    }

    private struct Feed: Reflector.Receiver {
        let informer: Informer

        func listBegan() {}
        // All at once, since no size of pages is asked for.
        func listed(_ objects: [KubeObject]) { informer.apply { [keeping = informer.keeping] in $0.replaceAll(objects.map(keeping)) } }
        func listEnded() { informer.synced() }
        func connected(_ isConnected: Bool) { informer.connected(isConnected) }

        func changed(_ event: WatchEvent) {
            let object = informer.keeping(event.object)
            informer.apply { cache in (event.kind == .deleted ? cache.remove(object) : cache.insert(object)).map { [$0] } ?? [] }
        }
    }

    private func synced() {
        let waiters = state.withLock { state in
            state.hasSynced = true
            defer { state.waiters = [:] }
            return state.waiters.values.map { $0 }
        }
        for waiter in waiters { waiter.resume() }
    }

    private func connected(_ isConnected: Bool) {
        let waiters = state.withLock { state in
            state.isConnected = isConnected
            defer { state.attemptWaiters = [:] }
            return state.attemptWaiters.values.map { $0 }
        }
        for waiter in waiters { waiter.resume() }
    }

    private func apply(_ update: (inout ObjectCache) -> [ObjectCache.Change]) {
        delivery.withLock { _ in
            let (changes, handlers) = state.withLock { (update(&$0.cache), $0.handlers) }
            for change in changes { for handler in handlers { handler(change.old, change.new) } }
        }
    }
}
