// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Logging
import ServiceLifecycle

/// Workers that take keys from a queue and reconcile them, for as long as it runs.
package struct Controller<R: Reconciler, C: Clock & Sendable>: Service where C.Duration == Duration {
    package let name: String
    private let reconciler: R
    private let queue: WorkQueue<R.Key, C>
    private let workers: Int
    private let isReady: @Sendable () async throws -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - workers: How many keys are reconciled at once.
    ///   - isReady: Awaited before the first key is taken: its informers' first lists.
    package init(
        name: String, reconciler: R, queue: WorkQueue<R.Key, C>, workers: Int = 2, logger: Logger,
        isReady: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.name = name
        self.reconciler = reconciler
        self.queue = queue
        self.workers = workers
        self.logger = logger
        self.isReady = isReady
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskCancellationHandler {
                do { try await isReady() } catch { return }
                await withDiscardingTaskGroup { group in
                    group.addTask { await queue.runTimers() }
                    for _ in 0..<workers { group.addTask { await work() } }
                }
            } onCancel: {
                queue.shutDown()
            }
        }
    }

    private func work() async {
        while let key = await queue.next() {
            await reconcile(key)
            queue.done(key)
        }
    }

    private func reconcile(_ key: R.Key) async {
        do {
            let requeue = try await reconciler.reconcile(key)
            queue.forget(key)
            if case .after(let delay) = requeue { queue.add(key, after: delay) }
        } catch is CancellationError {
        } catch let error as APIError where error.reason == .conflict {
            // Somebody else wrote first; the informer brings the fresh state within milliseconds.
            logger.debug("conflict, trying again", metadata: ["controller": "\(name)", "key": "\(key)"])
            queue.retry(key)
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning("reconciliation failed", metadata: ["controller": "\(name)", "key": "\(key)", "error": "\(error)"])
            queue.retry(key)
        }
    }
}
