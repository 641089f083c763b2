// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Logging
import ServiceLifecycle

/// Lists a resource and follows it by watches, again and again: what an informer is made of, and what those use directly that keep the
/// objects in a form of their own.
package struct Reflector: Sendable {
    /// What is told of the resource, one call at a time.
    package protocol Receiver: Sendable {
        /// A list begins: what none of the following calls of `listed` names is there no longer once it has ended.
        func listBegan()
        func listed(_ objects: [KubeObject])
        func listEnded()
        /// Never a bookmark.
        func changed(_ event: WatchEvent)
        /// Whether the last list or watch was answered.
        func connected(_ isConnected: Bool)
    }

    package var resource: GroupVersionResource
    package var namespace: String?
    package var labelSelector: String?
    package var fieldSelector: String?
    package var metadataOnly = false
    /// How many objects a list brings at once; nil asks for all in one answer.
    package var pageSize: Int?
    private let client: KubeClient
    private let clock: any Clock<Duration>
    private let logger: Logger

    package init(client: KubeClient, resource: GroupVersionResource, clock: any Clock<Duration> = ContinuousClock(), logger: Logger) {
        self.client = client
        self.resource = resource
        self.clock = clock
        self.logger = logger
    }

    /// Until cancelled or told to stop.
    package func run(_ receiver: some Receiver) async {
        await cancelWhenGracefulShutdown { await self.follow(receiver) }
        receiver.connected(false)
    }

    private func follow(_ receiver: some Receiver) async {
        let backOff = BackOff(first: .milliseconds(50), limit: .seconds(5))
        var failures = 0
        // Where the next watch begins; nil to list first.
        var revision: String?
        while !Task.isCancelled {
            do {
                if revision == nil { revision = try await list(receiver) }
                let eventCount = try await watch(from: &revision, receiver)
                failures = 0
                // A server that ends every watch at once is not asked again in a tight loop.
                if eventCount == 0 { try await clock.sleep(for: .milliseconds(100)) }
            } catch let error as APIError where error.code == 410 {
                revision = nil
            } catch {
                guard !Task.isCancelled else { return }
                failures += 1
                receiver.connected(false)
                if failures == 3 {
                    logger.warning("cannot follow a resource", metadata: ["resource": "\(resource)", "error": "\(error)"])
                }
                // A server that refuses to watch from there may still list.
                let refusal = error as? APIError
                if let refusal, refusal.code != 429 { revision = nil }
                let asked = Duration.seconds(min(max(refusal?.details?.retryAfterSeconds ?? 0, 0), 60))
                try? await clock.sleep(for: max(asked, backOff.delay(afterFailures: failures)))
            }
        }
    }

    private func list(_ receiver: some Receiver) async throws -> String {
        receiver.listBegan()
        var continuation: String?
        while true {
            let list = try await client.list(
                resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector, limit: pageSize,
                continuation: continuation, metadataOnly: metadataOnly)
            receiver.listed(list.items)
            guard pageSize != nil, !list.continuation.isEmpty else {
                receiver.listEnded()
                receiver.connected(true)
                return list.resourceVersion
            }
            continuation = list.continuation
        }
    }

    /// Until the server ends it.
    /// - Parameter revision: Moved on with each event, also where the watch fails afterwards.
    /// - Returns: How many events came.
    private func watch(from revision: inout String?, _ receiver: some Receiver) async throws -> Int {
        var count = 0
        let events = try await client.watch(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector, resourceVersion: revision,
            timeoutSeconds: Int.random(in: 300...600), metadataOnly: metadataOnly)
        receiver.connected(true)
        for try await event in events {
            count &+= 1
            revision = event.object.resourceVersion
            if event.kind != .bookmark { receiver.changed(event) }
        }
        return count
    }
}
