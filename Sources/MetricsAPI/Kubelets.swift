// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The kubelets of a cluster, by authorities and credentials that can be replaced between two scrapes.
final class Kubelets: NodeMetricsSource {
    private let client: Mutex<KubeletClient>
    private let period: Duration

    /// - Parameter period: Between two scrapes of a node.
    /// - Throws: where the authority or the client's certificate cannot be read.
    init(_ options: KubeletOptions, period: Duration) throws {
        self.period = period
        client = Mutex(try KubeletClient(options, period: period))
    }

    func metrics(of target: ScrapeTarget) async throws -> [UInt8] { try await client.withLock { $0 }.metrics(of: target) }

    func replace(_ options: KubeletOptions) throws {
        let fresh = try KubeletClient(options, period: period)
        let old = client.withLock { client in
            defer { client = fresh }
            return client
        }
        // Scrapes under way end as they began.
        let grace = period
        Task {
            try? await Task.sleep(for: grace)
            await old.shutdown()
        }
    }

    func shutdown() async { await client.withLock { $0 }.shutdown() }
}
