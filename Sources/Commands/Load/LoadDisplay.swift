// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import KubeModel
import Synchronization
import Telemetry

/// Shows the figures so far on standard error: one line that changes on a terminal, else a line every five seconds.
final class LoadDisplay: Sendable {
    private let isTerminal: Bool
    private let standardError = LogSink.file(STDERR_FILENO)
    private let shown = Mutex((at: Duration.zero, isOpen: false))

    init(isTerminal: Bool) { self.isTerminal = isTerminal }

    func show(_ progress: LoadProgress) {
        let isDue = shown.withLock { shown in
            guard isTerminal || progress.elapsed - shown.at >= .seconds(5) else { return false }
            shown = (progress.elapsed, isTerminal)
            return true
        }
        guard isDue else { return }
        standardError.write(isTerminal ? "\r\(progress.text)\u{1B}[K" : "\(progress.text)\n")
    }

    /// Ends the line that changes.
    func finish() {
        if shown.withLock({ $0.isOpen }) { standardError.write("\n") }
    }
}

extension LoadProgress {
    package var text: String {
        let latency = latency.map { "  p50 \($0.p50.milliseconds)  p99 \($0.p99.milliseconds)" } ?? ""
        return "\(elapsed.seconds)  \(requests) requests  \(failures) failed\(latency)"
    }
}

extension LoadReport {
    package var text: String {
        var lines = [
            "\(target) by \(driver), \(concurrency) at once",
            "\(requests) requests in \(elapsed.seconds), \(Int(requestsPerSecond.rounded())) a second, \(bytes) bytes",
        ]
        if let latency {
            lines.append(
                "latency p50 \(latency.p50.milliseconds), p90 \(latency.p90.milliseconds), p99 \(latency.p99.milliseconds), longest \(latency.longest.milliseconds)"
            )
        }
        lines.append(failed == 0 ? "none failed" : "\(failed) failed:")
        lines += failures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "  \($0.value) × \($0.key)" }
        return lines.joined(separator: "\n")
    }

    package var json: JSONValue {
        var json: JSONObject = [
            "driver": .string(driver), "target": .string(target.description), "concurrency": .integer(Int64(concurrency)),
            "requests": .integer(Int64(requests)), "failed": .integer(Int64(failed)), "bytes": .integer(Int64(bytes)),
            "elapsedSeconds": .number(elapsed / .seconds(1)), "requestsPerSecond": .number(requestsPerSecond),
            "failures": .object(JSONObject(failures.map { ($0.key, .integer(Int64($0.value))) })),
        ]
        if let latency {
            json["latencySeconds"] = [
                "p50": .number(latency.p50 / .seconds(1)), "p90": .number(latency.p90 / .seconds(1)), "p99": .number(latency.p99 / .seconds(1)),
                "max": .number(latency.longest / .seconds(1)),
            ]
        }
        return .object(json)
    }
}

extension Duration {
    fileprivate var seconds: String { "\(tenths(of: .seconds(1))) s" }
    fileprivate var milliseconds: String { "\(tenths(of: .milliseconds(1))) ms" }

    private func tenths(of unit: Duration) -> String {
        let tenths = Int64((self / unit * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
