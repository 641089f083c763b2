// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AutoscalerSimulation
import Foundation
import Testing

/// A few seeds here; `make simulate` runs a thousand of 24 hours. A failing one says its number: `UPDRAFT_SIMULATION_SEED=7` runs it alone.
@Suite("The autoscaler under simulated faults")
struct SimulationTests {
    static let seeds: [UInt64] = ProcessInfo.processInfo.environment["UPDRAFT_SIMULATION_SEED"].flatMap { UInt64($0) }.map { [$0] } ?? Array(1...6)

    @Test("breaks no invariant, and comes to rest at what the load needs", arguments: seeds)
    func holds(seed: UInt64) async {
        let outcome = await Simulation(seed: seed, hours: 3).run()
        #expect(
            outcome.violations.isEmpty,
            "again: UPDRAFT_SIMULATION_SEED=\(seed) swift test --filter SimulationTests\n\(outcome.violations.joined(separator: "\n"))")
        #expect(outcome.steps > 500 && outcome.faults > 3 && outcome.leaderships > 0)
    }

    @Test("the same seed is the same run")
    func repeats() async {
        let (first, second) = (await Simulation(seed: 3, hours: 2).run(), await Simulation(seed: 3, hours: 2).run())
        #expect(first.steps == second.steps && first.scalings == second.scalings && first.refusedWrites == second.refusedWrites)
        #expect(first.scalings > 0)
    }

    @Test("a mistake made on purpose is found", arguments: Simulation.Bug.allCases)
    func finds(bug: Simulation.Bug) async {
        for seed in UInt64(1)...12 {
            if await !Simulation(seed: seed, hours: 4, bug: bug).run().violations.isEmpty { return }
        }
        Issue.record("no invariant was broken by it")
    }
}
