// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What one measurement found.
package struct Figures: Sendable {
    package var latencies: [Duration]
    package var seconds: Double
    package var serverCPU: Double
    /// Of the last answer.
    package var bytes: Int

    package init(latencies: [Duration], seconds: Double, serverCPU: Double, bytes: Int = 0) {
        self.latencies = latencies
        self.seconds = seconds
        self.serverCPU = serverCPU
        self.bytes = bytes
    }

    package var rate: Double { Double(latencies.count) / seconds }
    package var cpuMicroseconds: Double { serverCPU / Double(max(1, latencies.count)) * 1e6 }
    package func milliseconds(_ quantile: Double) -> Double {
        guard !latencies.isEmpty else { return 0 }
        return latencies.sorted()[min(latencies.count - 1, Int(Double(latencies.count) * quantile))] / .milliseconds(1)
    }
}

package func text(_ value: Double, _ digits: Int = 0) -> String { String(format: "%.\(digits)f", value) }

/// At once, whatever standard output is.
package func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// One line, with a baseline's figures of the same run beside it.
package func report(_ what: String, _ figures: Figures, beside baseline: Figures, _ name: String) {
    say(
        "\(what): \(text(figures.rate)) a second, median \(text(figures.milliseconds(0.5), 2)) ms, p99 \(text(figures.milliseconds(0.99), 2)) ms, "
            + "server CPU \(text(figures.cpuMicroseconds)) µs each; \(name): \(text(baseline.rate)) a second, CPU \(text(baseline.cpuMicroseconds)) µs; "
            + "ratio \(text(figures.rate / baseline.rate, 2))")
}
