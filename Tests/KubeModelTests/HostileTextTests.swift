// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@Suite("Texts made to do harm")
struct HostileTextTests {
    @Test(
        "are no quantities",
        arguments: [
            "1e-9223372036854775808", "1e9223372036854775807", "1e1001", String(repeating: "9", count: 100_000),
            "0." + String(repeating: "1", count: 100_000),
        ])
    func quantities(text: String) {
        #expect((try? Quantity(text)) == nil)
    }

    /// In time quadratic in its length this would take minutes.
    @Test("are no field selectors", .timeLimit(.minutes(1)))
    func fieldSelectors() {
        #expect((try? FieldSelector(parsing: String(repeating: "!", count: 1_000_000))) == nil)
    }

    @Test("are no durations", arguments: ["3000000h", "9223372036854775807h", "-3000000h", "9999999999.999999999h"])
    func durations(text: String) {
        #expect(Duration(goText: text) == nil)
    }
}
