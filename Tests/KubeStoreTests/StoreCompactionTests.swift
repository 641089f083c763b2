// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore
import TestKit
import Testing

@Suite("Compaction", .timeLimit(.minutes(5)))
struct StoreCompactionTests {
    @Test("forgets what is older than its age, but keeps the last events")
    func ages() async throws {
        let store = MemoryStore()
        let clock = ManualClock()
        let task = Task { try await StoreCompaction(store, clock: clock, age: .seconds(50), minimumEvents: 3).run() }  // cancelled below

        // Ten events a round, six rounds of ten seconds: after the sixth, those of before the first are old.
        for round in 0..<6 {
            await clock.waitForSleepers()
            for number in 0..<10 { _ = try await store.create(pod("p\(round)-\(number)"), at: key("p\(round)-\(number)")) }
            #expect((try? store.watch(pods, namespace: nil, after: 0)) != nil, "round \(round)")
            clock.advance(by: .seconds(10))
        }
        await clock.waitForSleepers()
        #expect(throws: StoreError.self) { try store.watch(pods, namespace: nil, after: 9) }
        _ = try store.watch(pods, namespace: nil, after: 10)

        // Without writes everything ages; the last three stay.
        for _ in 0..<10 {
            await clock.waitForSleepers()
            clock.advance(by: .seconds(10))
        }
        await clock.waitForSleepers()
        #expect(throws: StoreError.self) { try store.watch(pods, namespace: nil, after: 56) }
        _ = try store.watch(pods, namespace: nil, after: 57)
        task.cancel()
        try await task.value
    }
}
