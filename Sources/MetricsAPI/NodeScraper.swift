// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Logging
import ServiceLifecycle
import Synchronization
import UsageWindow

/// Scrapes every node once a period, each in a loop of its own, and stores what it tells as it comes.
///
/// A node's place in the period follows from its name, so that load is spread and does not wander. A node that failed last time
/// waits for its turn among the failed ones only: however many are dead or slow, the others are scraped in time.
final class NodeScraper: Sendable {
    struct Settings: Sendable {
        var period: Duration
        var requestTimeout: Duration
        /// Scrapes under way at once, and as many again of nodes that failed last time.
        var concurrency = 128

        /// Never so long that a scrape would meet the next one.
        var timeout: Duration { min(requestTimeout, period * 9 / 10) }
    }

    private struct State {
        var targets: [String: ScrapeTarget] = [:]
        /// Nodes with a loop.
        var active: Set<String> = []
    }

    private let settings: Settings
    private let source: any NodeMetricsSource
    private let store: UsageStore
    /// Whether a pod is known to run on another node than the one that tells of it, which then is not believed.
    private let isElsewhere: @Sendable (_ pod: NamespacedName, _ node: String) -> Bool
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let state = Mutex(State())
    private let healthy: Permits
    private let failing: Permits
    private let starts: AsyncStream<String>
    private let start: AsyncStream<String>.Continuation

    init(
        settings: Settings, source: any NodeMetricsSource, store: UsageStore,
        isElsewhere: @escaping @Sendable (_ pod: NamespacedName, _ node: String) -> Bool = { _, _ in false },
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.settings = settings
        self.source = source
        self.store = store
        self.isElsewhere = isElsewhere
        self.now = now
        self.logger = logger
        healthy = Permits(settings.concurrency)
        failing = Permits(settings.concurrency)
        // One entry per node that has no loop yet, so the cluster's size is the bound.
        (starts, start) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    }

    /// Where a node is from now on; nil once it is gone.
    func update(_ node: String, _ target: ScrapeTarget?) {
        let isNew = state.withLock { state in
            state.targets[node] = target
            return target != nil && state.active.insert(node).inserted
        }
        if isNew { start.yield(node) }
        if target == nil { store.remove(node) }
    }

    func run<C: Clock>(on clock: C) async where C.Duration == Duration {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.tick(clock) }
                for await node in self.starts { group.addTask { await self.follow(node, clock) } }
                group.cancelAll()
            }
        }
    }

    /// Shows that time passes here, for `/livez`.
    private func tick<C: Clock>(_ clock: C) async where C.Duration == Duration {
        var due = clock.now
        while !Task.isCancelled {
            store.ticked()
            due = due.advanced(by: settings.period)
            try? await clock.sleep(until: due, tolerance: nil)
        }
    }

    private func follow<C: Clock>(_ node: String, _ clock: C) async where C.Duration == Duration {
        var decoder = ResourceMetricsDecoder()
        var isFailing = false
        var due = clock.now.advanced(by: phase(node))
        while true {
            do { try await clock.sleep(until: due, tolerance: nil) } catch { return }
            guard let target = target(orEnd: node) else { return store.remove(node) }
            let error = await scrape(target, &decoder, isFailing ? failing : healthy, clock)
            guard !Task.isCancelled else { return }
            report(target, error, wasFailing: isFailing)
            isFailing = error != nil
            repeat { due = due.advanced(by: settings.period) } while due < clock.now
        }
    }

    private func target(orEnd node: String) -> ScrapeTarget? {
        state.withLock { state in
            if state.targets[node] == nil { state.active.remove(node) }
            return state.targets[node]
        }
    }

    /// - Source: the jitter of metrics-server v0.9 pkg/scraper/scraper.go, here the same in every period
    private func phase(_ node: String) -> Duration {
        let count = state.withLock { $0.targets.count }
        let spread = min(.milliseconds(8) * count, .seconds(4), settings.period / 4)
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in node.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return spread * Int(truncatingIfNeeded: (hash >> 20) % 1000) / 1000
    }

    private func scrape<C: Clock>(
        _ target: ScrapeTarget, _ decoder: inout ResourceMetricsDecoder, _ lane: Permits, _ clock: C
    ) async -> (any Error)? where C.Duration == Duration {
        let time = now()
        do {
            let body = try await lane.run { try await fetch(target, clock) }
            let milliseconds = time.nanosecondsSinceEpoch / 1_000_000
            var scrape = try decoder.decode(body.span, scrapeTimeMilliseconds: milliseconds)
            scrape.pods.removeAll { isElsewhere($0.name, target.node) }
            store.store(scrape, of: target.node)
            return nil
        } catch {
            decoder = ResourceMetricsDecoder()
            store.remove(target.node)
            return error
        }
    }

    private func fetch<C: Clock>(_ target: ScrapeTarget, _ clock: C) async throws -> [UInt8] where C.Duration == Duration {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { try await self.source.metrics(of: target) }
            group.addTask {
                try await clock.sleep(until: clock.now.advanced(by: self.settings.timeout), tolerance: nil)
                return nil
            }
            defer { group.cancelAll() }
            guard let body = try await group.next() ?? nil else {
                throw KubeletError(message: "\(target.url) gave no answer within \(settings.timeout.goText)")
            }
            return body
        }
    }

    private func report(_ target: ScrapeTarget, _ error: (any Error)?, wasFailing: Bool) {
        if let error, !wasFailing {
            logger.warning("cannot scrape a node", metadata: ["node": "\(target.node)", "url": "\(target.url)", "error": "\(error)"])
        } else if error == nil, wasFailing {
            logger.info("node can be scraped again", metadata: ["node": "\(target.node)"])
        }
    }
}
