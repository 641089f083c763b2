// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import Synchronization
import TestKit
import Testing

@Suite("A controller", .timeLimit(.minutes(5)))
struct ControllerTests {
    private let clock = ManualClock()

    /// Answers as told, and remembers when it was asked.
    private final class Recorder: Reconciler {
        typealias Answer = @Sendable (_ attempt: Int) throws -> Requeue
        private let answer: Answer
        private let attempts = Mutex<[String: Int]>([:])
        private let (calls, call) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .unbounded)

        init(_ answer: @escaping Answer) { self.answer = answer }

        func reconcile(_ key: String) async throws -> Requeue {
            let attempt = attempts.withLock { attempts in
                attempts[key, default: 0] += 1
                return attempts[key] ?? 0
            }
            defer { call.yield("\(key)\(attempt)") }
            return try answer(attempt)
        }

        func first(_ count: Int) async -> [String] {
            var first: [String] = []
            for await call in calls {
                first.append(call)
                if first.count == count { break }
            }
            return first
        }
    }

    private func run(
        _ reconciler: Recorder, isReady: @escaping @Sendable () async throws -> Void = {},
        _ body: (WorkQueue<String, ManualClock>) async throws -> Void
    ) async throws {
        let queue = WorkQueue<String, ManualClock>(clock: clock)
        let controller = Controller(name: "test", reconciler: reconciler, queue: queue, logger: Logger(label: "test"), isReady: isReady)
        let task = Task { try await controller.run() }  // cancelled below
        try await body(queue)
        task.cancel()
        try await task.value
    }

    @Test("reconciles what is queued, and ends when cancelled")
    func reconciles() async throws {
        let recorder = Recorder { _ in .never }
        try await run(recorder) { queue in
            queue.add("a")
            queue.add("b")
            #expect(Set(await recorder.first(2)) == ["a1", "b1"])
        }
    }

    @Test("comes back after the time asked for")
    func requeue() async throws {
        let recorder = Recorder { $0 == 1 ? .after(.seconds(15)) : .never }
        try await run(recorder) { queue in
            queue.add("a")
            #expect(await recorder.first(1) == ["a1"])
            await clock.waitForSleepers()
            #expect(clock.nextDeadline == ManualClock.Instant(offset: .seconds(15)))
            clock.advanceToNextDeadline()
            #expect(await recorder.first(1) == ["a2"])
        }
    }

    @Test(
        "tries again what failed, with a longer wait each time, and starts over after success",
        arguments: [
            ClientError("server is down") as any Error, APIError.staleWrite(GroupResource(group: "", resource: "pods"), "a"),
        ])
    func failures(_ error: any Error) async throws {
        let recorder = Recorder { attempt in
            if attempt != 3 { throw error }
            return .never
        }
        try await run(recorder) { queue in
            queue.add("a")
            for (milliseconds, call) in [(5, "a1"), (10, "a2")] {
                #expect(await recorder.first(1) == [call])
                await clock.waitForSleepers()
                #expect(clock.nextDeadline == clock.now.advanced(by: .milliseconds(milliseconds)))
                clock.advanceToNextDeadline()
            }
            #expect(await recorder.first(1) == ["a3"])
            queue.add("a")
            #expect(await recorder.first(1) == ["a4"])
            await clock.waitForSleepers()
            #expect(clock.nextDeadline == clock.now.advanced(by: .milliseconds(5)))
        }
    }

    @Test("takes no key before its local copies are there, and none at all if they never come")
    func readiness() async throws {
        let recorder = Recorder { _ in .never }
        let gate = ManualClock()
        try await run(recorder, isReady: { try await gate.sleep(for: .seconds(1)) }) { queue in
            queue.add("a")
            await gate.waitForSleepers()
            gate.advance(by: .seconds(1))
            #expect(await recorder.first(1) == ["a1"])
        }
        try await run(Recorder { _ in .never }, isReady: { try await gate.sleep(for: .seconds(1)) }) { _ in await gate.waitForSleepers() }
    }
}
