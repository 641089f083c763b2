// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import Foundation
import KubeModel
import ServiceLifecycle
import Synchronization

/// Keeps one worker for each pod that is bound to the node.
final class PodManager: Sendable {
    private enum Change: Sendable {
        case seen(KubeObject)
        case gone(uid: String)
    }

    private let context: NodeContext
    private let workers = Mutex<[String: PodWorker]>([:])
    private let changes: AsyncStream<Change>
    private let input: AsyncStream<Change>.Continuation

    init(context: NodeContext, pods: Informer) {
        self.context = context
        // As many as the API tells of; each is small, and is taken within milliseconds.
        (changes, input) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
        let input = input
        pods.onChange { old, new in
            if let new { input.yield(.seen(new)) }
            // Another pod of the same name took its place, or none did.
            if let old, old.uid != new?.uid { input.yield(.gone(uid: old.uid)) }
        }
    }

    var all: [PodWorker] { workers.withLock { Array($0.values) } }

    func worker(_ name: NamespacedName) async -> PodWorker? {
        for worker in all { if await worker.pod.namespacedName == name { return worker } }
        return nil
    }

    /// Removes the files of pods that went while nobody was here.
    func removeLeftovers(_ pods: Informer) async {
        guard (try? await pods.waitUntilSynced()) != nil else { return }
        let known = Set(pods.list().map(\.uid))
        let folder = "\(context.configuration.folder)/pods"
        for name in KernelFile.folders(in: folder) where !known.contains(name) { try? FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
    }

    /// Until cancelled; then every container is stopped, within its grace.
    func run() async {
        await withDiscardingTaskGroup { group in
            await withTaskCancellationHandler {
                for await change in changes {
                    switch change {
                    case .seen(let pod):
                        if let worker = workers.withLock({ $0[pod.uid] }) {
                            await worker.update(pod)
                        } else if !pod.isGone {
                            let worker = PodWorker(pod, context: context)
                            workers.withLock { $0[pod.uid] = worker }
                            // Not a child that a cancellation would cut short: its containers are to end in order.
                            group.addTask { [self] in
                                await Task.detached { await worker.run() }.value
                                workers.withLock { _ = $0.removeValue(forKey: pod.uid) }
                            }
                        }
                    case .gone(let uid): await workers.withLock { $0[uid] }?.end()
                    }
                }
            } onCancel: {
                input.finish()
            }
            for worker in all {
                worker.nodeStop.set()
                worker.stop.set()
            }
        }
    }
}

extension KubeObject {
    /// Nothing to run, and nothing to stop.
    fileprivate var isGone: Bool { uid.isEmpty }
}
