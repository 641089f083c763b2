// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import KubeModel
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import UsageWindow

/// Scrapes every node once a period, and stores what it tells as it comes.
///
/// One task drives all nodes by their schedule; what a node answers is read where the answer arrives, so no node costs a task.
final class NodeScraper: Sendable {
    /// A sample dated further ahead than this would keep the true ones out until then, so it is not believed.
    static let farthestAhead = Duration.seconds(86400)
    /// How long a node's summary is read before its metrics are tried again.
    private static let periodsOfSummaries = 60
    /// A new node waits no longer than this for the driver to see it.
    private static let longestSleep = Duration.milliseconds(200)
    /// Nodes due within this are asked together: each time that the driver wakes costs as much as several questions.
    private let grain: Duration

    private struct State {
        var schedule: ScrapeSchedule
        var cycles: ScrapeCycles
        var log = ScrapeLog()
        /// By node; not while it reads.
        var decoders: [String: ResourceMetricsDecoder] = [:]
        /// Not in the schedule yet, by node.
        var arrivals: [String: ScrapeTarget] = [:]
        /// Nodes whose clock is wrong.
        var aheads: Set<String> = []
        /// Nodes that let only their summary be read, and in which period that was found.
        var summaries: [String: Int] = [:]
        var lastCycle = -1
        var hasEnded = false
    }

    private let settings: ScrapeSchedule.Settings
    private let source: any NodeMetricsSource
    private let store: UsageStore
    private let metrics: SelfMetrics
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameter requestTimeout: For one answer; never so long that a scrape would meet the next one.
    init(
        period: Duration, requestTimeout: Duration, openings: Int = 64, source: any NodeMetricsSource, store: UsageStore, metrics: SelfMetrics,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        settings = ScrapeSchedule.Settings(period: period, timeout: min(requestTimeout, period * 9 / 10), openings: openings)
        grain = max(.milliseconds(5), period / 100)
        self.source = source
        self.store = store
        self.metrics = metrics
        self.now = now
        self.logger = logger
        state = Mutex(State(schedule: ScrapeSchedule(settings), cycles: ScrapeCycles(period: period)))
    }

    // MARK: Nodes

    /// The node as the API server has it; nil once it is gone.
    func update(_ name: String, _ node: KubeObject?, _ options: KubeletOptions) {
        guard let node else { return update(name, nil) }
        do throws(KubeletFailure) {
            update(name, try ScrapeTarget(node, options))
        } catch {
            update(name, nil)
            record(name, error)
        }
    }

    /// Where a node is from now on; nil where it is not to be scraped.
    func update(_ node: String, _ target: ScrapeTarget?) {
        if let target { return state.withLock { $0.arrivals[node] = target } }
        let (wasKnown, starts) = state.withLock { state in
            state.log.forget(node)
            let hasArrived = state.arrivals.removeValue(forKey: node) != nil
            guard state.schedule.contains(node) else { return (hasArrived, [] as [ScrapeSchedule.Start]) }
            return (true, state.schedule.remove(node))
        }
        guard wasKnown else { return }
        forget(node)
        begin(starts)
    }

    private func forget(_ node: String) {
        state.withLock { state in
            state.decoders[node] = nil
            state.aheads.remove(node)
            state.summaries[node] = nil
        }
        store.remove(node)
        source.forget(node)
        metrics.forget(node)
    }

    // MARK: Driving

    func run<C: Clock>(on clock: C) async where C.Duration == Duration {
        let start = clock.now
        stopwatch.withLock { $0.read = { start.duration(to: clock.now) } }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let now = start.duration(to: clock.now)
                let next = self.advance(to: now)
                try? await clock.sleep(until: start.advanced(by: next), tolerance: nil)
            }
        }
        state.withLock { $0.hasEnded = true }
    }

    private struct Stopwatch {
        var read: @Sendable () -> Duration = { .zero }
    }

    /// In a struct: a bare closure that goes in and out of a mutex is wrapped once more each time.
    private let stopwatch = Mutex(Stopwatch())
    /// Since the driver began.
    private var time: Duration { stopwatch.withLock { $0.read() } }

    /// - Returns: When it is to be called again.
    private func advance(to now: Duration) -> Duration {
        let (due, next) = state.withLock { state in
            state.schedule.add(state.arrivals.values, at: now)
            state.arrivals.removeAll()
            let due = state.schedule.advance(to: now)
            return (due, state.schedule.nextTime)
        }
        begin(due.starts)
        for target in due.overdue { source.giveUp(target.node, after: settings.timeout) }
        endCycles(now)
        let latest = now + Self.longestSleep
        return min(latest, max(next ?? latest, now + grain))
    }

    /// Says what a period has shown, once it is over; and shows that time passes here, for `/livez`.
    private func endCycles(_ now: Duration) {
        let cycle = Int(now / settings.period)
        let ended = state.withLock { state -> (lines: [ScrapeLog.Line], times: [Duration], total: (nodes: Int, failing: Int))? in
            guard cycle > state.lastCycle else { return nil }
            state.lastCycle = cycle
            return (state.log.endCycle(), state.cycles.closed(at: now), (state.schedule.count, state.log.failing.count))
        }
        guard let ended else { return }
        store.ticked()
        for time in ended.times { metrics.tick(time) }
        for line in ended.lines { line.log(to: logger, total: ended.total) }
    }

    // MARK: Scraping

    private func begin(_ starts: [ScrapeSchedule.Start]) {
        for start in starts {
            let began = (uptime: time, time: now())
            let (hasEnded, isSummary) = state.withLock { state in
                state.cycles.began(start.cycle)
                let found = state.summaries[start.target.node]
                return (state.hasEnded, found.map { start.cycle - $0 < Self.periodsOfSummaries } ?? false)
            }
            guard !hasEnded else { return }
            let target = isSummary ? start.target.summary ?? start.target : start.target
            source.fetch(target) { [self] result in finish(start, target, result, began) }
        }
    }

    /// On the source's thread.
    private func finish(
        _ start: ScrapeSchedule.Start, _ target: ScrapeTarget, _ result: Result<ByteBuffer, KubeletFailure>,
        _ began: (uptime: Duration, time: Timestamp)
    ) {
        guard state.withLock({ !$0.hasEnded && $0.schedule.isCurrent(start.run) }) else {
            // The node went meanwhile, or the server ends and closes its connections.
            return state.withLock { $0.cycles.ended(start.cycle, at: time) }
        }
        let node = target.node
        if case .failure(let refusal) = result, [.forbidden, .missing].contains(refusal.kind), let summary = target.summary {
            return source.fetch(summary) { [self] result in
                guard case .success = result else { return finish(start, summary, .failure(refusal), began) }
                takeSummaries(of: node, in: start.cycle, refusal)
                finish(start, summary, result, began)
            }
        }
        if target.isSummary == result.isFailure { state.withLock { $0.summaries[node] = nil } }
        let failure = read(result, of: target, began.time)
        metrics.requested(node, at: began.time, took: time - began.uptime, hasFailed: failure != nil)
        record(node, failure)
        settle(start, hasFailed: failure != nil)
    }

    /// Until the summary is refused, too, or it is time to see whether the metrics can be read by now.
    private func takeSummaries(of node: String, in cycle: Int, _ refusal: KubeletFailure) {
        let isFirst = state.withLock { $0.summaries.updateValue(cycle, forKey: node) == nil && $0.summaries.count == 1 }
        guard isFirst else { return }
        logger.notice(
            "reads /stats/summary of nodes that do not let their /metrics/resource be read", metadata: ["first": "\(node)", "refusal": "\(refusal)"])
    }

    /// Stores what the node told; of one that failed, nothing is kept.
    private func read(_ result: Result<ByteBuffer, KubeletFailure>, of target: ScrapeTarget, _ time: Timestamp) -> KubeletFailure? {
        do throws(KubeletFailure) {
            var scrape = try decode(try result.get(), of: target, time)
            let isAhead = scrape.removePoints(after: (now() + Self.farthestAhead).nanosecondsSinceEpoch)
            report(target, isAhead: isAhead)
            store.store(scrape, of: target.node)
            return nil
        } catch {
            store.remove(target.node)
            return error
        }
    }

    private func decode(_ body: ByteBuffer, of target: ScrapeTarget, _ time: Timestamp) throws(KubeletFailure) -> NodeScrape {
        if target.isSummary { return try SummaryDecoder.decode(Array(body.readableBytesView), of: target.node) }
        var decoder = state.withLock { $0.decoders.removeValue(forKey: target.node) } ?? ResourceMetricsDecoder()
        do throws(ExpositionError) {
            let scrape = try decoder.decode(body.readableBytesUInt8Span, scrapeTimeMilliseconds: time.nanosecondsSinceEpoch / 1_000_000)
            state.withLock { $0.decoders[target.node] = decoder }
            return scrape
        } catch {
            throw KubeletFailure(.text, "node \(target.node): \(target.url) is no metrics text: \(error)")
        }
    }

    /// Once for a node whose samples are refused for their time, until they no longer are.
    private func report(_ target: ScrapeTarget, isAhead: Bool) {
        let isNews = state.withLock { state in
            if !isAhead { state.aheads.remove(target.node) }
            return isAhead && state.aheads.insert(target.node).inserted
        }
        guard isNews else { return }
        logger.warning(
            "a node tells of a time more than a day ahead, which is not believed",
            metadata: ["node": "\(target.node)", "error": "\(target.url): correct the node's clock"])
    }

    private func settle(_ start: ScrapeSchedule.Start, hasFailed: Bool) {
        let now = time
        let (isGone, starts) = state.withLock { state in
            state.cycles.ended(start.cycle, at: now)
            let isGone = !state.schedule.isCurrent(start.run)
            return (isGone, state.schedule.finish(start.run, hasFailed: hasFailed, at: now))
        }
        if isGone { forget(start.target.node) }
        begin(starts)
    }

    private func record(_ node: String, _ failure: KubeletFailure?) {
        let (line, total) = state.withLock { ($0.log.record(node, failure), ($0.schedule.count, $0.log.failing.count)) }
        line?.log(to: logger, total: total)
    }
}

extension NodeScrape {
    /// - Returns: Whether any point was later. A pod with such a container goes as a whole, as a part would be taken for all of it.
    mutating func removePoints(after latest: Int64) -> Bool {
        let isNodeAhead = (node?.timestampNanoseconds ?? .min) > latest
        if isNodeAhead { node = nil }
        let count = pods.count
        pods.removeAll { pod in pod.containers.contains { $0.point.timestampNanoseconds > latest } }
        return isNodeAhead || pods.count < count
    }
}

extension Result {
    fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}
