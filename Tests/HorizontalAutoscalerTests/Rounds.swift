// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Logging
import ScalingRules
import TestKit

@testable import HorizontalAutoscaler

/// The controller at work on a modelled cluster, on a clock that the test advances round by round.
struct Rounds {
    let clock: ManualClock
    private var reports: AsyncStream<DecisionReport>.Iterator

    /// Runs `body` while the controller runs.
    static func run(_ cluster: ClusterModel, freshUsage: FreshUsage? = nil, _ body: (inout Rounds) async throws -> Void) async throws {
        let clock = ManualClock()
        let (stream, continuation) = AsyncStream.makeStream(of: DecisionReport.self)
        let controller = AutoscalerController(
            client: KubeClient(transport: cluster, userAgent: "test"), options: AutoscalerOptions(), clock: clock,
            now: { ClusterModel.start + clock.now.offset }, freshUsage: freshUsage, observer: { continuation.yield($0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup { group in
            group.addTask { try await controller.run() }
            var rounds = Rounds(clock: clock, reports: stream.makeAsyncIterator())
            try await body(&rounds)
            group.cancelAll()
        }
    }

    /// The next decisions, by autoscaler; the first round needs no advance.
    mutating func decisions(_ count: Int = 1) async -> [String: DecisionReport] {
        var decisions: [String: DecisionReport] = [:]
        for _ in 0..<count {
            guard let report = await reports.next() else { break }
            decisions[report.autoscaler.name] = report
        }
        return decisions
    }

    /// Lets time pass, once somebody sleeps until the end of it.
    func pass(_ duration: Duration) async {
        let deadline = clock.now.advanced(by: duration)
        while clock.nextDeadline != deadline { await Task.yield() }
        clock.advance(to: deadline)
    }

    /// Lets a sync period pass.
    func nextRound() async {
        await clock.waitForSleepers()
        clock.advance(by: AutoscalerOptions().syncPeriod)
    }
}
