// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation

// The metrics that rules make of a real Prometheus' series: what listing them, memory and answers cost. `make bench`; about three minutes.
//
//     metric-rules-bench                        10,000 and 100,000 series
//     metric-rules-bench --series 10000         one size
//     metric-rules-bench --prometheus /opt/prometheus     another Prometheus than /usr/bin/prometheus

signal(SIGPIPE, SIG_IGN)

do {
    var arguments = Array(CommandLine.arguments.dropFirst())
    let isCluster = arguments.first == "cluster"
    if isCluster { arguments.removeFirst() }
    let options = try namedArguments(arguments)
    func settings(_ series: some StringProtocol) throws -> SeriesSettings { try SeriesSettings(series: Int(series) ?? 0) }
    if isCluster {
        guard let directory = options["directory"] else { throw BenchFailure("cluster needs --directory DIR") }
        try await RulesPeers.serveCluster(directory: directory, try settings(options["series"] ?? ""))
    } else {
        BenchProcess.endAll(after: .seconds(900))
        for series in (options["series"] ?? "10000,100000").split(separator: ",") {
            try await MetricRulesBench(
                settings: try settings(series), program: options["program"].map { [$0] } ?? [OwnExecutable.updraft, "metrics-server"],
                prometheus: options["prometheus"] ?? "/usr/bin/prometheus", rounds: max(1, Int(options["rounds"] ?? "5") ?? 5)
            ).run()
        }
    }
} catch {
    BenchProcess.stopAll()
    FileHandle.standardError.write(Data("metric-rules-bench: \(error)\n".utf8))
    exit(1)
}
