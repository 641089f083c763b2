// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AutoscalerSimulation
import Glibc

// Runs many seeds of the autoscaler's simulation, two at once. `make simulate`, or with arguments: SEEDS HOURS FIRST-SEED.

let arguments = CommandLine.arguments.dropFirst().compactMap { Double($0) }
guard arguments.count == CommandLine.arguments.count - 1, arguments.count <= 3, arguments.allSatisfy({ $0 >= 0 && $0 < 1e9 }) else {
    print("usage: autoscaler-simulation [SEEDS [HOURS [FIRST-SEED]]], 1000 24 1 where left out; for example: autoscaler-simulation 10 24 7")
    exit(2)
}
let seeds = arguments.first.map { Int($0) } ?? 1000
let hours = arguments.count > 1 ? arguments[1] : 24
let first = arguments.count > 2 ? UInt64(arguments[2]) : 1

let began = ContinuousClock.now
let outcomes = await withTaskGroup(of: [Simulation.Outcome].self) { group in
    for lane in 0..<2 {
        group.addTask {
            var outcomes: [Simulation.Outcome] = []
            for number in stride(from: lane, to: seeds, by: 2) {
                let outcome = await Simulation(seed: first + UInt64(number), hours: hours).run()
                for violation in outcome.violations { print(violation) }
                outcomes.append(outcome)
                if number % 100 == 99 { print("\(number + 1) of \(seeds) seeds, \(began.duration(to: .now).components.seconds) s") }
                fflush(nil)
            }
            return outcomes
        }
    }
    var all: [Simulation.Outcome] = []
    for await some in group { all += some }
    return all
}
let broken = outcomes.count { !$0.violations.isEmpty }
print(
    """
    \(seeds) seeds of \(hours) simulated hours in \(began.duration(to: .now).components.seconds) s: \(outcomes.reduce(0) { $0 + $1.steps }) steps, \
    \(outcomes.reduce(0) { $0 + $1.scalings }) scalings, \(outcomes.reduce(0) { $0 + $1.faults }) faults, \
    \(outcomes.reduce(0) { $0 + $1.refusedWrites }) stale writes refused, \(outcomes.reduce(0) { $0 + $1.leaderships }) leaderships; \(broken) seeds broke an invariant
    """)
if broken > 0 { print("one seed again: .build/release/autoscaler-simulation 1 \(hours) SEED") }
exit(broken == 0 ? 0 : 1)
