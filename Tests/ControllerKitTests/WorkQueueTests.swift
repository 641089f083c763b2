// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import TestKit
import Testing

@Suite("A work queue", .timeLimit(.minutes(5)))
struct WorkQueueTests {
    private let clock = ManualClock()
    private let queue: WorkQueue<String, ManualClock>

    init() { queue = WorkQueue(clock: clock) }

    private func drain() async -> [String] {
        var keys: [String] = []
        queue.add("end")
        while let key = await queue.next(), key != "end" {
            keys.append(key)
            queue.done(key)
        }
        queue.done("end")
        return keys
    }

    /// Runs the timers beside `body`.
    private func withTimers(_ body: () async throws -> Void) async rethrows {
        let task = Task { [queue] in await queue.runTimers() }  // ended below
        try await body()
        queue.shutDown()
        await task.value
    }

    @Test("hands out keys in order, each once")
    func order() async {
        for key in ["a", "b", "a", "c", "b"] { queue.add(key) }
        #expect(await drain() == ["a", "b", "c"])
    }

    @Test("brings a key back that was added while a worker had it, and only then")
    func dirty() async {
        queue.add("a")
        #expect(await queue.next() == "a")
        queue.add("a")
        queue.add("a")
        queue.add("b")
        #expect(await queue.next() == "b")
        queue.done("b")
        queue.done("a")
        #expect(await drain() == ["a"])
    }

    @Test("wakes a waiting worker")
    func waiting() async {
        let worker = Task { [queue] in await queue.next() }  // ended by the key
        queue.add("a")
        #expect(await worker.value == "a")
    }

    @Test("gives a delayed key once its time has come")
    func delay() async {
        await withTimers {
            queue.add("late", after: .seconds(10))
            queue.add("early", after: .seconds(2))
            queue.add("now", after: .zero)
            #expect(await queue.next() == "now")
            await clock.waitForSleepers()
            clock.advance(by: .seconds(2))
            #expect(await queue.next() == "early")
            await clock.waitForSleepers()
            clock.advance(by: .seconds(8))
            #expect(await queue.next() == "late")
        }
    }

    @Test("takes the earliest of several delays, once")
    func earliest() async {
        await withTimers {
            queue.add("a", after: .seconds(60))
            await clock.waitForSleepers()
            queue.add("a", after: .seconds(5))
            queue.add("a", after: .seconds(30))
            queue.add("b", after: .seconds(61))
            while clock.nextDeadline != ManualClock.Instant(offset: .seconds(5)) { await Task.yield() }
            clock.advance(by: .seconds(5))
            #expect(await queue.next() == "a")
            queue.done("a")
            await clock.waitForSleepers()
            clock.advance(by: .seconds(56))
            #expect(await queue.next() == "b")
            queue.done("b")
            #expect(await drain() == [])
        }
    }

    @Test("lets a failing key wait longer each time, until it is forgotten")
    func backOff() async {
        await withTimers {
            for milliseconds in [5, 10, 20, 40] {
                queue.retry("a")
                await clock.waitForSleepers()
                #expect(clock.nextDeadline == clock.now.advanced(by: .milliseconds(milliseconds)))
                clock.advanceToNextDeadline()
                #expect(await queue.next() == "a")
                queue.done("a")
            }
            queue.forget("a")
            queue.retry("a")
            await clock.waitForSleepers()
            #expect(clock.nextDeadline == clock.now.advanced(by: .milliseconds(5)))
        }
    }

    @Test(
        "backs off to its limit, and never beyond",
        arguments: [
            (0, Duration.milliseconds(5)), (1, .milliseconds(5)), (2, .milliseconds(10)), (13, .milliseconds(20480)), (14, .seconds(30)),
            (100, .seconds(30)),
            (.max, .seconds(30)),
        ])
    func limit(_ failures: Int, _ delay: Duration) { #expect(BackOff().delay(afterFailures: failures) == delay) }

    @Test("ends all who wait when it is shut down, and takes nothing any more")
    func shutDown() async {
        let workers = (0..<3).map { _ in Task { [queue] in await queue.next() } }  // ended by the shutdown
        let timers = Task { [queue] in await queue.runTimers() }  // ended by the shutdown
        queue.add("later", after: .seconds(5))
        await clock.waitForSleepers()
        queue.shutDown()
        queue.add("a")
        for worker in workers { #expect(await worker.value == nil) }
        await timers.value
        #expect(await queue.next() == nil)
    }

    @Test("gives every key to exactly one worker at a time")
    func concurrency() async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask { [queue] in
                    while let key = await queue.next() {
                        if key == "stop" { return queue.shutDown() }
                        await Task.yield()
                        queue.done(key)
                    }
                }
            }
            for round in 0..<1000 { queue.add("key-\(round % 10)") }
            queue.add("stop")
        }
    }
}
