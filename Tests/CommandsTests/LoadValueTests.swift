// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Commands

@Suite("Latencies")
struct LatencyHistogramTests {
    @Test("are given within 3 %", arguments: [1, 63, 64, 65, 1000, 12_345, 1_000_000, 3_600_000_000])
    func precision(_ microseconds: Int) throws {
        var histogram = LatencyHistogram()
        histogram.record(.microseconds(microseconds))
        histogram.record(.seconds(100_000))
        let found = histogram.value(at: 0.5) / .microseconds(1)
        #expect(found >= Double(microseconds) && found <= Double(microseconds) * 1.032)
    }

    @Test("have quantiles by rank")
    func quantiles() {
        var histogram = LatencyHistogram()
        for milliseconds in 1...100 { histogram.record(.milliseconds(milliseconds)) }
        #expect((histogram.value(at: 0.5) / .milliseconds(50) - 1).magnitude < 0.032)
        #expect((histogram.value(at: 0.99) / .milliseconds(99) - 1).magnitude < 0.032)
        #expect(histogram.value(at: 1) == .milliseconds(100))
        #expect(LatencyHistogram().summary == nil)
    }

    @Test("may be anything", arguments: [Duration.seconds(-5), .zero, .seconds(Int64.max), .nanoseconds(1)])
    func extremes(_ duration: Duration) {
        var histogram = LatencyHistogram()
        histogram.record(duration)
        #expect(histogram.count == 1)
        _ = histogram.summary
    }
}

@Suite("ab's report")
struct AbReportTests {
    @Test("is read")
    func report() throws {
        let text = """
            Concurrency Level:      5
            Time taken for tests:   2.001 seconds
            Complete requests:      3223
            Failed requests:        12
               (Connect: 0, Receive: 12, Length: 0, Exceptions: 0)
            Non-2xx responses:      7
            Total transferred:      3161763 bytes
            Requests per second:    1610.92 [#/sec] (mean)

            Percentage of the requests served within a certain time (ms)
              50%      3
              66%      3
              90%      4
              99%      5
             100%      6 (longest request)
            """
        let report = try #require(AbReport(text))
        #expect(report.complete == 3223 && report.failed == 12 && report.notOK == 7 && report.bytes == 3_161_763)
        #expect(report.elapsed == .seconds(2.001))
        #expect(report.latency == LatencySummary(p50: .milliseconds(3), p90: .milliseconds(4), p99: .milliseconds(5), longest: .milliseconds(6)))
    }

    @Test(
        "that is none, or strange, is no crash",
        arguments: [
            "", "Complete requests: 5", "Complete requests: 99999999999999999999999\nTime taken for tests: nan seconds",
            "Complete requests: -1\nTime taken for tests: 1e400",
            "% 5\n50%\n99999999999999999999999%  3", "Test aborted after 10 failures",
        ])
    func noReport(_ text: String) {
        #expect(AbReport(text) == nil)
    }

    @Test("ab is told both bounds, the time first: it would raise the number otherwise")
    func arguments() throws {
        let plan = LoadPlan(target: try LoadTarget("http://127.0.0.1:9898"), concurrency: 1000, maximumRequests: 100_000, duration: .seconds(40))
        #expect(AbLoad.arguments(plan) == ["-t", "40", "-n", "100000", "-c", "1000", "-s", "30", "-r", "-l", "http://127.0.0.1:9898/"])
    }
}
