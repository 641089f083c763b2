// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Shares a server's seats between levels, and each level's between identities: a pure state machine without clock or I/O.
///
/// A request arrives, is dispatched at once or waits, and in the end finishes; one that waits may expire instead. A level may
/// use any seat that is free, except those that the other levels keep and do not use, so a level's kept seats are always there
/// at once. A seat that becomes free goes to the level that uses the smallest part of its own, and there to the identity
/// whose turn it is.
/// - Source: the idea is that of k8s.io/apiserver pkg/util/flowcontrol
package struct FairQueues: Sendable {
    package typealias Ticket = Int

    package enum Arrival: Sendable, Hashable {
        case dispatched(Ticket)
        case queued(Ticket)
        case rejected
    }

    private struct Queues: Sendable {
        var inUse = 0
        var waiting: [String: [Ticket]] = [:]
        /// The identities that wait, the next to be served first.
        var turns: [String] = []
        var waitingCount = 0
    }

    package let levels: [FlowLevel]
    private var queues: [Queues]
    private var lastTicket = 0
    private var seated: [Ticket: Int] = [:]
    private var waiting: [Ticket: (level: Int, identity: String)] = [:]

    package init(levels: [FlowLevel]) {
        self.levels = levels
        queues = Array(repeating: Queues(), count: levels.count)
    }

    package var seatsInUse: Int { seated.count }
    package var waitingCount: Int { waiting.count }
    package func seatsInUse(level: Int) -> Int { queues[level].inUse }
    package func waitingCount(level: Int) -> Int { queues[level].waitingCount }

    /// - Parameter level: an index of `levels`.
    package mutating func arrive(level: Int, identity: String) -> Arrival {
        lastTicket += 1
        if queues[level].waitingCount == 0, hasSeat(for: level) {
            seat(lastTicket, level)
            return .dispatched(lastTicket)
        }
        let limits = levels[level]
        let queued = queues[level].waiting[identity]?.count ?? 0
        guard queued < limits.waitingPerIdentity, queues[level].waitingCount < limits.waiting else { return .rejected }
        if queued == 0 { queues[level].turns.append(identity) }
        queues[level].waiting[identity, default: []].append(lastTicket)
        queues[level].waitingCount += 1
        waiting[lastTicket] = (level, identity)
        return .queued(lastTicket)
    }

    /// Gives the seat of a dispatched request back; returns those dispatched thereby, in order.
    package mutating func finish(_ ticket: Ticket) -> [Ticket] {
        guard let level = seated.removeValue(forKey: ticket) else { return [] }
        queues[level].inUse -= 1
        return dispatch()
    }

    /// Takes a request out that waits; false where it waits no longer.
    package mutating func expire(_ ticket: Ticket) -> Bool {
        guard let (level, identity) = waiting.removeValue(forKey: ticket) else { return false }
        queues[level].waiting[identity]?.removeAll { $0 == ticket }
        queues[level].waitingCount -= 1
        if queues[level].waiting[identity]?.isEmpty ?? true {
            queues[level].waiting[identity] = nil
            queues[level].turns.removeAll { $0 == identity }
        }
        return true
    }

    private mutating func dispatch() -> [Ticket] {
        var dispatched: [Ticket] = []
        while let level = nextLevel(), let ticket = takeTurn(level) {
            seat(ticket, level)
            dispatched.append(ticket)
        }
        return dispatched
    }

    private func nextLevel() -> Int? {
        levels.indices.filter { queues[$0].waitingCount > 0 && hasSeat(for: $0) }
            .min { queues[$0].inUse * levels[$1].seats < queues[$1].inUse * levels[$0].seats }
    }

    private mutating func takeTurn(_ level: Int) -> Ticket? {
        guard let identity = queues[level].turns.first, let ticket = queues[level].waiting[identity]?.removeFirst() else { return nil }
        queues[level].turns.removeFirst()
        queues[level].waitingCount -= 1
        waiting[ticket] = nil
        if queues[level].waiting[identity]?.isEmpty ?? true {
            queues[level].waiting[identity] = nil
        } else {
            queues[level].turns.append(identity)
        }
        return ticket
    }

    private mutating func seat(_ ticket: Ticket, _ level: Int) {
        seated[ticket] = level
        queues[level].inUse += 1
    }

    private func hasSeat(for level: Int) -> Bool {
        var free = 0
        var kept = 0
        for other in levels.indices {
            free += levels[other].seats - queues[other].inUse
            if other != level { kept += max(0, levels[other].kept - queues[other].inUse) }
        }
        return free > kept
    }
}
