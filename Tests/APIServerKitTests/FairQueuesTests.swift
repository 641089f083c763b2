// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import Testing

@Suite("fair queues")
struct FairQueuesTests {
    private static let levels = [
        FlowLevel("system", seats: 4, kept: 2, waitingPerIdentity: 3, waiting: 8),
        FlowLevel("users", seats: 3, kept: 1, waitingPerIdentity: 4, waiting: 10),
        FlowLevel("rest", seats: 1, kept: 0, waitingPerIdentity: 2, waiting: 2),
    ]

    @Test("whatever happens, seats and queues keep their bounds and every request is accounted for", arguments: 0..<200)
    func conservation(seed: UInt64) {
        var random = Steps(seed: seed)
        var queues = FairQueues(levels: Self.levels)
        var seated: [FairQueues.Ticket] = []
        var waiting: [FairQueues.Ticket] = []
        for _ in 0..<400 {
            switch random.next(4) {
            case 0, 1:
                switch queues.arrive(level: random.next(3), identity: "user-\(random.next(5))") {
                case .dispatched(let ticket): seated.append(ticket)
                case .queued(let ticket): waiting.append(ticket)
                case .rejected: #expect(!waiting.isEmpty)
                }
            case 2 where !seated.isEmpty:
                let dispatched = queues.finish(seated.remove(at: random.next(seated.count)))
                #expect(Set(dispatched).isSubset(of: waiting))
                waiting.removeAll { dispatched.contains($0) }
                seated += dispatched
            case 3 where !waiting.isEmpty:
                let expired = queues.expire(waiting.remove(at: random.next(waiting.count)))
                #expect(expired)
            default: break
            }
            #expect(queues.seatsInUse == seated.count && seated.count <= 8)
            #expect(queues.waitingCount == waiting.count)
            for (index, level) in Self.levels.enumerated() { #expect(queues.waitingCount(level: index) <= level.waiting) }
        }
        while let ticket = seated.popLast() {
            let dispatched = queues.finish(ticket)
            waiting.removeAll { dispatched.contains($0) }
            seated += dispatched
        }
        #expect(waiting.isEmpty && queues.seatsInUse == 0 && queues.waitingCount == 0)
    }

    @Test("a flood of one level leaves the kept seats of the others free")
    func keptSeats() {
        var queues = FairQueues(levels: Self.levels)
        for index in 0..<1000 { _ = queues.arrive(level: 1, identity: "user-\(index)") }
        #expect(queues.seatsInUse(level: 1) == 6)
        let arrivals = (0..<3).map { _ in queues.arrive(level: 0, identity: "system:node:a") }
        #expect(arrivals.map(isDispatched) == [true, true, false])
    }

    @Test("one that waits is served in the next round, however many another has waiting")
    func noStarvation() throws {
        var queues = FairQueues(levels: [FlowLevel("users", seats: 1, kept: 1, waitingPerIdentity: 100, waiting: 200)])
        guard case .dispatched(let first) = queues.arrive(level: 0, identity: "flood") else {
            Issue.record("no seat")
            return
        }
        for _ in 0..<100 { _ = queues.arrive(level: 0, identity: "flood") }
        let beyond = queues.arrive(level: 0, identity: "flood")
        #expect(beyond == .rejected)
        guard case .queued(let other) = queues.arrive(level: 0, identity: "other") else {
            Issue.record("no place")
            return
        }
        let next = queues.finish(first)
        let second = try #require(next.first)
        #expect(second != other)
        let third = queues.finish(second)
        #expect(third == [other])
    }

    @Test(
        "each request has its level and identity",
        arguments: [
            ("system:node:a", ["system:nodes", "system:authenticated"], "system system:node:a"),
            ("system:kube-scheduler", ["system:authenticated"], "system system:kube-scheduler"),
            ("system:serviceaccount:kube-system:x", ["system:authenticated"], "workloadHigh kube-system"),
            ("system:serviceaccount:shop:x", ["system:authenticated"], "workloadLow shop"),
            ("alice", ["system:authenticated"], "globalDefault alice"),
            ("system:anonymous", ["system:unauthenticated"], "catchAll system:anonymous"),
            ("admin", ["system:masters", "system:authenticated"], "exempt"),
        ])
    func classification(name: String, groups: [String], expected: String) {
        let info = RequestInfo(isResourceRequest: true, verb: "list", path: "/api/v1/pods", version: "v1", resource: "pods")
        let flow = FlowControlSettings.flow(of: UserInfo(name: name, groups: groups), info)
        #expect((flow.map { "\($0.level) \($0.identity)" } ?? "exempt") == expected)
        let health = RequestInfo(isResourceRequest: false, verb: "get", path: "/readyz/ping")
        #expect(FlowControlSettings.flow(of: UserInfo(name: name, groups: groups), health) == nil)
    }

    private func isDispatched(_ arrival: FairQueues.Arrival) -> Bool {
        if case .dispatched = arrival { return true }
        return false
    }
}

/// The same steps for the same seed.
private struct Steps {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}
