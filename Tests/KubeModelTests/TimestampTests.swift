// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@Suite("A timestamp")
struct TimestampTests {
    @Test("moves by a duration, with its nanoseconds always counted upward")
    func moves() {
        let time = Timestamp(seconds: 10, nanoseconds: 250_000_000)
        #expect(time + .milliseconds(800) == Timestamp(seconds: 11, nanoseconds: 50_000_000))
        #expect(time - .milliseconds(300) == Timestamp(seconds: 9, nanoseconds: 950_000_000))
        #expect(time - .seconds(11) == Timestamp(seconds: -1, nanoseconds: 250_000_000))
        #expect(time - (time - .milliseconds(300)) == .milliseconds(300))
    }

    @Test("stops at its bounds, whatever the duration", arguments: [Duration.seconds(Int64.max), .seconds(Int64.min), .seconds(Int64.max) * 5])
    func bounds(_ duration: Duration) {
        let (least, most) = (Timestamp(seconds: .min), Timestamp(seconds: .max, nanoseconds: 999_999_999))
        let isForward = duration > .zero
        #expect((most + duration).seconds == (isForward ? .max : -1))
        #expect((least - duration).seconds == (isForward ? .min : 0))
        #expect(most - least > .seconds(Int64.max))
    }
}
