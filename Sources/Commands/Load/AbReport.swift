// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// What `ab` printed, read.
struct AbReport: Equatable {
    var complete: Int
    /// Never more than complete; ab counts a request that failed in two ways twice.
    var failed: Int
    /// Answers of a status other than 2xx; ab counts them as complete.
    var notOK: Int
    var elapsed: Duration
    var bytes: Int
    /// By percent, from the table at the end; whole milliseconds.
    var percentiles: [Int: Duration]

    /// - Returns: Nil where the text is no report: ab gave up before it had anything to say.
    init?(_ text: String) {
        var fields: [Substring: Double] = [:]
        percentiles = [:]
        for line in text.split(separator: "\n") {
            if let colon = line.firstIndex(of: ":"), let number = Self.firstNumber(in: line[line.index(after: colon)...]) {
                fields[line[..<colon]] = number
            } else if let percent = line.firstIndex(of: "%"), let share = Self.firstNumber(in: line[..<percent]),
                let milliseconds = Self.firstNumber(in: line[line.index(after: percent)...])
            {
                percentiles[Int(share)] = .milliseconds(milliseconds)
            }
        }
        guard let complete = fields["Complete requests"], let seconds = fields["Time taken for tests"] else { return nil }
        self.complete = Int(complete)
        failed = min(Int(fields["Failed requests"] ?? 0), Int(complete))
        notOK = Int(fields["Non-2xx responses"] ?? 0)
        elapsed = .seconds(seconds)
        bytes = Int(fields["Total transferred"] ?? 0)
    }

    /// The first word as a number that is finite and fits.
    private static func firstNumber(in text: Substring) -> Double? {
        guard let word = text.split(separator: " ").first, let number = Double(word), number.isFinite, (0..<1e15).contains(number) else { return nil }
        return number
    }

    /// Requests failed and nothing at all came back.
    var isUnanswered: Bool { failed > 0 && failed == complete && bytes == 0 }

    var latency: LatencySummary? {
        guard let p50 = percentiles[50], let p90 = percentiles[90], let p99 = percentiles[99], let longest = percentiles[100] else { return nil }
        return LatencySummary(p50: p50, p90: p90, p99: p99, longest: longest)
    }

    func report(_ plan: LoadPlan) -> LoadReport {
        var failures: [String: Int] = [:]
        if failed > 0 { failures["no whole answer"] = failed }
        if notOK > 0 { failures["status other than 2xx"] = notOK }
        return LoadReport(
            driver: "ab", target: plan.target, concurrency: plan.concurrency, requests: complete, failures: failures, elapsed: elapsed, bytes: bytes,
            latency: latency)
    }
}
