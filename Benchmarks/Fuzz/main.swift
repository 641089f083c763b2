// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Fuzzing

// Feeds damaged texts to everything that reads what strangers send, until told to stop. `make fuzz`.
//
//     fuzz [SECONDS [SEED [TARGET]]]    60 seconds for each, or for the one whose name contains TARGET

let arguments = Array(CommandLine.arguments.dropFirst())
let seconds = arguments.first.flatMap { Double($0) } ?? 60
var seed = arguments.dropFirst().first.flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000_000)
do {
    for target in FuzzTarget.all where arguments.count < 3 || target.description.contains(arguments[2]) {
        let end = ContinuousClock.now + .seconds(seconds)
        let first = seed
        var total = FuzzTarget.Outcome()
        while ContinuousClock.now < end {
            let outcome = try target.run(inputs: 200, seed: seed)
            total.understood += outcome.understood
            if outcome.slowest.time > total.slowest.time { total.slowest = outcome.slowest }
            seed += 1
        }
        let slowest =
            "\(total.slowest.time), \(total.slowest.input.count) bytes: \(String(decoding: total.slowest.input.prefix(60), as: UTF8.self).debugDescription)"
        print("\(target): \((seed - first) * 200) inputs from seed \(first), \(total.understood) understood; slowest \(slowest)")
    }
} catch {
    FileHandle.standardError.write(Data("fuzz: \(error)\n".utf8))
    exit(1)
}
