// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import DequeModule
import HeapModule

/// When which node is asked: each once a period, at a place of its own in it. It knows no clock; times are since some start.
///
/// A node that was never asked, or that failed last time, is connected to first, which costs most of all: of those a bounded number
/// begins at once, the failed apart from the new, and one that takes long makes room for the next without being given up. Whoever
/// answered last time is asked in time, whatever the others do. A node's limit counts from when it is asked, not from its turn.
struct ScrapeSchedule {
    struct Settings: Sendable {
        var period: Duration
        /// How long a node may take to answer.
        var timeout: Duration
        /// How many connections begin at once, of new nodes and of failed ones.
        var openings = 64
        /// How long one that begins keeps others from it.
        var openingTurn = Duration.milliseconds(250)
    }

    /// One time that a node is asked.
    struct Run: Hashable, Sendable {
        fileprivate var slot: Int
        fileprivate var number: UInt32
    }

    struct Start: Sendable {
        var run: Run
        var target: ScrapeTarget
        /// Which period it belongs to.
        var cycle: Int
    }

    private enum Outcome { case unknown, failed, answered }
    /// waiting → (queued →) running → waiting
    private enum State { case waiting, queued, running }

    private struct Node {
        var target: ScrapeTarget
        var outcome = Outcome.unknown
        var state = State.waiting
        var number: UInt32
        var cycle = 0
        var holdsPermit = false
    }

    private struct Event: Comparable {
        enum Kind { case due, deadline, permit }
        var time: Duration
        var slot: Int
        /// Of the run, or of the node's first one for `due`.
        var number: UInt32
        var kind: Kind

        static func < (left: Self, right: Self) -> Bool { left.time < right.time }
    }

    private struct Lane {
        var free: Int
        var waiting: Deque<Run> = []
    }

    private let settings: Settings
    private var nodes: [Node?] = []
    private var lives: [UInt32] = []
    private var freeSlots: [Int] = []
    private var slots: [String: Int] = [:]
    private var events = Heap<Event>()
    private var fresh: Lane
    private var failing: Lane
    private var lastNumber: UInt32 = 0
    private var lastTime = Duration.zero

    init(_ settings: Settings) {
        self.settings = settings
        fresh = Lane(free: settings.openings)
        failing = Lane(free: settings.openings)
    }

    var count: Int { slots.count }
    /// When `advance` has something to do next.
    var nextTime: Duration? { events.min?.time }

    func contains(_ node: String) -> Bool { slots[node] != nil }
    /// Whether what comes of the run still counts.
    func isCurrent(_ run: Run) -> Bool { nodes[run.slot]?.number == run.number }

    // MARK: Nodes

    /// New nodes, and those that are elsewhere now.
    mutating func add(_ targets: some Collection<ScrapeTarget>, at now: Duration) {
        var new: [Int] = []
        for target in targets {
            if let slot = slots[target.node] {
                nodes[slot]?.target = target
            } else {
                new.append(insert(target))
            }
        }
        for slot in new {
            guard let node = nodes[slot] else { continue }
            let time = now + Self.place(node.target.node, of: count, period: settings.period)
            events.insert(Event(time: time, slot: slot, number: lives[slot], kind: .due))
        }
    }

    private mutating func insert(_ target: ScrapeTarget) -> Int {
        let slot = freeSlots.popLast() ?? nodes.count
        if slot == nodes.count {
            nodes.append(nil)
            lives.append(0)
        }
        lastNumber &+= 1
        nodes[slot] = Node(target: target, number: lastNumber)
        lives[slot] &+= 1
        slots[target.node] = slot
        return slot
    }

    /// - Returns: Those whose turn to begin it is now.
    mutating func remove(_ node: String) -> [Start] {
        guard let slot = slots.removeValue(forKey: node), let gone = nodes[slot] else { return [] }
        nodes[slot] = nil
        lives[slot] &+= 1
        freeSlots.append(slot)
        guard gone.holdsPermit else { return [] }
        return release(gone.outcome, at: lastTime)
    }

    /// Where in the period a node has its place: it follows from its name, so that load is spread and does not wander.
    ///
    /// Spread as far as upstream does, and where there are very many nodes over two thirds of the period, so that their first
    /// connections don't come all at once.
    /// - Source: the jitter of metrics-server v0.9 pkg/scraper/scraper.go, here the same in every period
    static func place(_ node: String, of count: Int, period: Duration) -> Duration {
        let usual = min(.milliseconds(8) * count, .seconds(4), period * 2 / 5)
        let spread = max(usual, min(.milliseconds(2) * count, period * 2 / 3))
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in node.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return spread * Int(truncatingIfNeeded: (hash >> 20) % 1000) / 1000
    }

    // MARK: Time

    /// Brings all up to `now`.
    ///
    /// - Returns: Who is to be asked now, and who has been asked too long ago.
    mutating func advance(to now: Duration) -> (starts: [Start], overdue: [ScrapeTarget]) {
        lastTime = now
        var starts: [Start] = []
        var overdue: [ScrapeTarget] = []
        while let event = events.min, event.time <= now {
            events.removeMin()
            switch event.kind {
            case .due: due(event, now, &starts)
            case .deadline:
                if let node = running(event) { overdue.append(node.target) }
            case .permit:
                guard let node = running(event), node.holdsPermit else { continue }
                nodes[event.slot]?.holdsPermit = false
                starts += release(node.outcome, at: now)
            }
        }
        return (starts, overdue)
    }

    private func running(_ event: Event) -> Node? {
        guard let node = nodes[event.slot], node.number == event.number, node.state == .running else { return nil }
        return node
    }

    private mutating func due(_ event: Event, _ now: Duration, _ starts: inout [Start]) {
        guard lives[event.slot] == event.number, let node = nodes[event.slot] else { return }
        var next = event.time
        repeat { next += settings.period } while next <= now
        events.insert(Event(time: next, slot: event.slot, number: event.number, kind: .due))
        // One that still waits for its turn, or for its answer, is left out this time.
        guard node.state == .waiting else { return }
        lastNumber &+= 1
        nodes[event.slot]?.number = lastNumber
        nodes[event.slot]?.cycle = Int(now / settings.period)
        let run = Run(slot: event.slot, number: lastNumber)
        guard node.outcome != .answered else { return starts.append(contentsOf: start(run, now)) }
        nodes[event.slot]?.state = .queued
        starts += enter(run, node.outcome, at: now)
    }

    private mutating func enter(_ run: Run, _ outcome: Outcome, at now: Duration) -> [Start] {
        let isFailing = outcome == .failed
        guard (isFailing ? failing.free : fresh.free) > 0 else {
            if isFailing { failing.waiting.append(run) } else { fresh.waiting.append(run) }
            return []
        }
        if isFailing { failing.free -= 1 } else { fresh.free -= 1 }
        return start(run, now, holdsPermit: true)
    }

    /// Gives back a permit of the lane of nodes with that outcome.
    private mutating func release(_ outcome: Outcome, at now: Duration) -> [Start] {
        let isFailing = outcome == .failed
        if isFailing { failing.free += 1 } else { fresh.free += 1 }
        while let run = isFailing ? failing.waiting.popFirst() : fresh.waiting.popFirst() {
            guard isCurrent(run), nodes[run.slot]?.state == .queued else { continue }
            return enter(run, outcome, at: now)
        }
        return []
    }

    private mutating func start(_ run: Run, _ now: Duration, holdsPermit: Bool = false) -> [Start] {
        guard let node = nodes[run.slot] else { return [] }
        nodes[run.slot]?.state = .running
        nodes[run.slot]?.holdsPermit = holdsPermit
        events.insert(Event(time: now + settings.timeout, slot: run.slot, number: run.number, kind: .deadline))
        if holdsPermit { events.insert(Event(time: now + settings.openingTurn, slot: run.slot, number: run.number, kind: .permit)) }
        return [Start(run: run, target: node.target, cycle: node.cycle)]
    }

    /// What came of a run; nothing where the node is gone meanwhile.
    /// - Returns: Those whose turn to begin it is now.
    mutating func finish(_ run: Run, hasFailed: Bool, at now: Duration) -> [Start] {
        guard isCurrent(run), let node = nodes[run.slot], node.state == .running else { return [] }
        lastTime = max(lastTime, now)
        nodes[run.slot]?.state = .waiting
        nodes[run.slot]?.outcome = hasFailed ? .failed : .answered
        nodes[run.slot]?.holdsPermit = false
        return node.holdsPermit ? release(node.outcome, at: lastTime) : []
    }
}
