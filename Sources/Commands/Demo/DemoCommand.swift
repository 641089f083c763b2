// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import KubeClient
import KubeModel
import Monitoring
import Synchronization

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Run the guide end to end on this machine, and check that it scaled for the right reasons.",
        discussion: """
            Examples:
              updraft demo
              updraft demo -o json
              updraft demo --load 0        without load nothing may grow but the guide's own: exits with 1
              updraft demo --keep          goes on afterwards, for kubectl
              updraft demo --source prometheus      CPU and memory come from a real Prometheus
              updraft demo --metric http_requests   scales on requests a second, by custom and external metrics

            It applies the guide's manifests as they are, and beside them the same workload with a CPU request of 100m. Exits with 0 only
            if pod metrics came through the aggregation layer, the guide's Deployment went beyond 2, and the 100m one stayed at 2 while
            idle and grew under load because of measured CPU.

            With --metric, one workload has an HPA on that metric of its pods, another on it as an external metric of its namespace; exits with 0
            only if both grew because of it and went back to 2.
            """)

    @Option(help: "Where CPU and memory come from: kubelets or prometheus.")
    var source = UsageSource.kubelets

    @Option(help: "A metric of the built-in rules that podinfo's series make, such as http_requests, to scale on in the place of CPU and memory.")
    var metric: String?

    @Option(help: "Connections that load the 100m workload at once; 0 for none.")
    var load = 1000

    @Option(help: "How long the load goes on at most.")
    var loadTime = DurationArgument(.seconds(30))

    @Flag(help: "Wait until the 100m workload has gone back to 2 replicas, more than five minutes.")
    var untilIdle = false

    @Flag(help: "Leave the lab running afterwards, until Ctrl-C.")
    var keep = false

    @Option(help: "How many nodes share this machine.")
    var nodes = 3

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to show what happens: text, or json (one object a line, the outcome last).")
    var output: Timeline.Format = .text

    func validate() throws {
        guard metric?.isEmpty != true else { throw ValidationError("--metric names a metric, such as http_requests") }
        guard (0...5000).contains(load) else { throw ValidationError("--load \(load) is not within 0 … 5000") }
        guard (1...20).contains(nodes) else { throw ValidationError("--nodes \(nodes) is not within 1 … 20") }
        guard loadTime.duration >= .seconds(5), loadTime.duration <= .seconds(600) else { throw ValidationError("--load-time is within 5s … 10m") }
    }

    func run() async throws {
        // A name that nobody can have made before, since what is in there says which programs run.
        var template = Array((NSTemporaryDirectory() + "updraft-demo-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure(.failed, "cannot make a directory in \(NSTemporaryDirectory()): \(String(cString: strerror(errno)))")
        }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let directory = LabDirectory(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let timeline = Timeline(format: output)
        if metric != nil || source == .prometheus, PrometheusProgram.find() == nil { throw CommandFailure(.failed, PrometheusProgram.absence) }
        let result = Mutex<(any DemoResult)?>(nil)
        let lab = Lab(configuration: try LabConfiguration(temporary: directory, nodes: nodes, usageSource: source), timeline: timeline)
        try await lab.run { running in
            let outcome = try await play(running, timeline)
            result.withLock { $0 = outcome }
            show(outcome, running, timeline)
            if keep {
                timeline.emit(.step, "it goes on until Ctrl-C")
                try await Task.sleep(for: .seconds(Int64.max / 4_000_000_000))
            }
        }
        timeline.finish()
        guard let outcome = result.withLock({ $0 }) else { throw CommandFailure(.failed, "the demo was stopped before its end") }
        // Last of all, so that a script finds it on the last line.
        if output == .json { StandardOutput.write(outcome.json.encodedText + "\n") }
        guard outcome.failures.isEmpty else { throw CommandFailure(.failed, outcome.failures.joined(separator: "; ")) }
    }

    private func play(_ running: RunningLab, _ timeline: Timeline) async throws -> any DemoResult {
        if metric != nil || source == .prometheus {
            _ = try await timeline.wait("", "Prometheus", atMost: .seconds(20), orElse: false) {
                let slices = try await running.client.list(
                    .endpointSlices, namespace: "kube-system", labelSelector: "kubernetes.io/service-name=prometheus")
                return slices.items.contains { !($0["endpoints"]?.array ?? []).isEmpty } ? true : nil
            }
        }
        if let metric {
            return try await MetricDemoScript(
                lab: running, timeline: timeline, metric: metric, connections: min(load, 20), loadTime: loadTime.duration
            ).run()
        }
        return try await DemoScript(
            lab: running, timeline: timeline, connections: load, loadTime: loadTime.duration, untilIdle: untilIdle, source: source,
            manifests: try GuideManifests()
        ).run()
    }

    private func show(_ outcome: any DemoResult, _ running: RunningLab, _ timeline: Timeline) {
        for (text, values) in outcome.figures { timeline.emit(.result, "", text, values: values) }
        for failure in outcome.failures { timeline.emit(.result, "", "NOT PROVEN: \(failure)") }
        if outcome.failures.isEmpty { timeline.emit(.result, "", "PASSED: \(outcome.proof)") }
        guard keep else {
            timeline.emit(.step, "to look around yourself: updraft demo --keep, or updraft up")
            return
        }
        let kubectl = "kubectl --kubeconfig \(running.directory.kubeconfig)"
        for command in outcome.commands { timeline.emit(.step, "try: \(kubectl) \(command)") }
    }
}

/// What a demo ends with.
protocol DemoResult: Sendable {
    /// What did not hold, in words; empty where all of it did.
    var failures: [String] { get }
    /// What was proven, where all of it held.
    var proof: String { get }
    var figures: [(text: String, values: [String: Double])] { get }
    var json: JSONValue { get }
    /// For kubectl, to look at it.
    var commands: [String] { get }
}
