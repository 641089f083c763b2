// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import TestKit
import Testing

@Suite("A manual clock", .timeLimit(.minutes(5)))
struct ManualClockTests {
    @Test("wakes a sleeper when its time has come, not before")
    func wakes() async throws {
        let clock = ManualClock()
        let task = Task { try await clock.sleep(for: .seconds(10)) }  // advanced below
        await clock.waitForSleepers()
        clock.advance(by: .seconds(9))
        #expect(clock.sleeperCount == 1)
        #expect(clock.nextDeadline == ManualClock.Instant(offset: .seconds(10)))
        clock.advance(by: .seconds(1))
        try await task.value
        #expect(clock.now.offset == .seconds(10))
    }

    @Test("does not sleep for a deadline in the past")
    func past() async throws {
        let clock = ManualClock()
        clock.advance(by: .seconds(1))
        try await clock.sleep(until: ManualClock.Instant(offset: .seconds(1)))
    }

    @Test("lets a cancelled sleeper go, before and while it sleeps", arguments: [true, false])
    func cancelled(_ before: Bool) async throws {
        let clock = ManualClock()
        let task = Task {  // cancelled at once or below
            if before { withUnsafeCurrentTask { $0?.cancel() } }
            try await clock.sleep(for: .seconds(10))
        }
        if !before {
            await clock.waitForSleepers()
            task.cancel()
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test("keeps a loop's pace")
    func loop() async throws {
        let clock = ManualClock()
        let (ticks, continuation) = AsyncStream.makeStream(of: Duration.self, bufferingPolicy: .unbounded)
        let task = Task {  // cancelled below
            for tick in 1... {
                try await clock.sleep(until: ManualClock.Instant(offset: .seconds(tick)))
                continuation.yield(clock.now.offset)
            }
        }
        var iterator = ticks.makeAsyncIterator()
        for tick in 1...3 {
            await clock.waitForSleepers()
            clock.advanceToNextDeadline()
            #expect(await iterator.next() == .seconds(tick))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}

@Suite("A scripted transport", .timeLimit(.minutes(5)))
struct ScriptedTransportTests {
    @Test("answers in order, and tells what was not asked and what was not scripted")
    func script() async throws {
        let transport = ScriptedTransport()
        transport.answer("GET", "/a", ["n": 1])
        transport.answer("GET", "/a", ["n": 2])
        transport.answer("GET", "/b", [:])
        for number in 1...2 {
            let answer = try await transport.send(.init(method: "GET", path: "/a"))
            #expect(try await answer.body.collect() == Array(#"{"n":\#(number)}"#.utf8))
        }
        await #expect(throws: (any Error).self) { try await transport.send(.init(method: "GET", path: "/a")) }
        #expect(transport.requests.count == 3)
        let error = try #require(throws: BrokenPromise.self) { try transport.verify() }
        #expect(error.description.contains("GET /a") && error.description.contains("GET /b"))
    }
}
