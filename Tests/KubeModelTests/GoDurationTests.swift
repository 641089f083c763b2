// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@Suite("Durations as Go writes them")
struct GoDurationTests {
    static let readable: [(String, Duration)] = [
        ("15s", .seconds(15)), ("1m0.5s", .milliseconds(60_500)), ("0", .zero), ("0s", .zero), ("-1h30m", .seconds(-5400)),
        ("14.999s", .milliseconds(14_999)), ("250ms", .milliseconds(250)), ("1.5us", .nanoseconds(1500)), ("1\u{B5}s", .microseconds(1)),
        (".5s", .milliseconds(500)), ("5.s", .seconds(5)), ("+3ns", .nanoseconds(3)), ("0.0000000001s", .zero),
        ("2562047h47m16.854775807s", .nanoseconds(Int64.max)), ("0.33333333333333333333h", .seconds(1200) - .nanoseconds(1)),
    ]

    @Test("read exactly, to the nanosecond", arguments: readable)
    func reads(_ text: String, _ duration: Duration) { #expect(Duration(goText: text) == duration) }

    static let unreadable = [
        "", "-", "15", "s", "1x", "1s2", "1..5s", ".s", "1 s", "2562047h47m16.854775808s", "99999999999999999999s", "1e3s", "\u{E9}s",
    ]

    @Test("anything else is none", arguments: unreadable)
    func refuses(_ text: String) { #expect(Duration(goText: text) == nil) }

    static let written: [(Duration, String)] = [
        (.zero, "0s"), (.nanoseconds(1), "1ns"), (.nanoseconds(1500), "1.5\u{B5}s"), (.milliseconds(250), "250ms"), (.microseconds(1050), "1.05ms"),
        (.milliseconds(15_086), "15.086s"), (.seconds(60), "1m0s"), (.milliseconds(85_306), "1m25.306s"), (.seconds(3600), "1h0m0s"),
        (.seconds(-5400), "-1h30m0s"), (.nanoseconds(Int64.max), "2562047h47m16.854775807s"), (.nanoseconds(Int64.min), "-2562047h47m16.854775808s"),
        (.seconds(Int64.max), "2562047h47m16.854775807s"),
    ]

    @Test("written shortest", arguments: written)
    func writes(_ duration: Duration, _ text: String) { #expect(duration.goText == text) }
}
