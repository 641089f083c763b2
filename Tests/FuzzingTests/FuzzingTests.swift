// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Fuzzing
import Testing

@Suite("What strangers send is understood or refused, and never more than that", .timeLimit(.minutes(5)))
struct FuzzingTests {
    /// The same inputs each time; `make fuzz` goes on with others.
    @Test("damaged texts", arguments: FuzzTarget.all)
    func damaged(_ target: FuzzTarget) throws {
        let outcome = try target.run(inputs: 800, seed: 1)
        #expect(outcome.understood > 50, "inputs that are all refused test little")
    }
}
