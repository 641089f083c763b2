// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import ServiceLifecycle

/// Follows the ConfigMaps in which namespaces have rules for themselves.
struct RuleConfigMaps: Service {
    private let informer: Informer
    private let metrics: RuledMetrics
    private let changes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// - Parameter selector: Of their labels.
    init(selector: String, client: KubeClient, metrics: RuledMetrics, clock: any Clock<Duration>, logger: Logger) {
        self.metrics = metrics
        informer = Informer(client: client, resource: .configMaps, labelSelector: selector, clock: clock, logger: logger)
        // Many changes are one: all ConfigMaps are read again.
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (self.changes, self.continuation) = (changes, continuation)
        informer.onChange { _, _ in continuation.yield() }
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await informer.run()
            }
            group.addTask { for await _ in changes { metrics.replace(NamespaceRules.all(informer.list())) } }
            try await group.waitForAll()
        }
    }
}
