// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// Our own load: as many requests at once as asked for, each on its own connection unless it is kept alive.
package struct LoadGenerator: LoadDriver {
    package let name = "updraft"
    /// One is enough to saturate the servers of a lab; more would take the processors from what is measured.
    private let threads: Int
    private let progressInterval: Duration

    package init(threads: Int = 1, progressInterval: Duration = .milliseconds(250)) {
        self.threads = threads
        self.progressInterval = progressInterval
    }

    package func run(_ plan: LoadPlan, progress: @escaping @Sendable (LoadProgress) -> Void) async throws -> LoadReport {
        try plan.check()
        try FileLimit.raise(toAtLeast: plan.concurrency + 256)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let run = LoadRun(plan: plan, group: group)
        let result = await Result.asynchronously { try await run.carryOut(driver: name, every: progressInterval, progress) }
        try await group.shutdownGracefully()
        return try result.get()
    }
}

extension Result where Failure == any Error {
    /// What `body` returns or throws, to be looked at after something else was tidied up.
    fileprivate static func asynchronously(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}

/// One run: the connections on their event loops, and the waiting for their end.
private struct LoadRun {
    let plan: LoadPlan
    let tally: LoadTally
    let loops: [any EventLoop]
    let connections: [NIOLoopBoundBox<[LoadConnection]>]

    init(plan: LoadPlan, group: MultiThreadedEventLoopGroup) {
        self.plan = plan
        tally = LoadTally(maximumRequests: plan.maximumRequests)
        loops = Array(group.makeIterator())
        connections = loops.map { NIOLoopBoundBox.makeBoxSendingValue([], eventLoop: $0) }
    }

    func carryOut(driver: String, every interval: Duration, _ progress: @escaping @Sendable (LoadProgress) -> Void) async throws -> LoadReport {
        let started = ContinuousClock.now
        let finished = start()
        await withTaskGroup(of: Void.self) { [tally, plan] group in
            // Doesn't hear of cancellation itself: `stop` below ends it.
            group.addTask { try? await finished.get() }
            group.addTask {
                while started.duration(to: .now) < plan.duration, tally.hopeless == nil {
                    let rest = plan.duration - started.duration(to: .now)
                    guard (try? await Task.sleep(for: min(interval, max(rest, .zero)))) != nil else { return }
                    progress(tally.progress(elapsed: started.duration(to: .now)))
                }
            }
            await group.next()
            group.cancelAll()
            stop()
        }
        if let reason = tally.hopeless { throw LoadError(.unreachable, "\(plan.target): \(reason)") }
        return tally.report(plan, driver: driver, elapsed: min(started.duration(to: .now), plan.duration))
    }

    /// - Returns: What completes once every connection has run out of requests, or was stopped.
    private func start() -> EventLoopFuture<Void> {
        var finished: [EventLoopFuture<Void>] = []
        for index in 0..<plan.concurrency {
            let (loop, box) = (loops[index % loops.count], connections[index % loops.count])
            let done = loop.makePromise(of: Void.self)
            finished.append(done.futureResult)
            loop.execute { [plan, tally] in
                let connection = LoadConnection(plan: plan, tally: tally, eventLoop: loop, done: done)
                box.value.append(connection)
                connection.start()
            }
        }
        return EventLoopFuture.andAllComplete(finished, on: loops[0])
    }

    private func stop() {
        tally.stop()
        for (loop, box) in zip(loops, connections) { loop.execute { for connection in box.value { connection.stop() } } }
    }
}
