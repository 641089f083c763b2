// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import KubeModel
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

            It applies the guide's manifests as they are, and beside them the same workload with a CPU request of 100m. Exits with 0 only
            if pod metrics came through the aggregation layer, the guide's Deployment went beyond 2, and the 100m one stayed at 2 while
            idle and grew under load because of measured CPU.
            """)

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
        guard (0...5000).contains(load) else { throw ValidationError("--load \(load) is not within 0 … 5000") }
        guard (1...20).contains(nodes) else { throw ValidationError("--nodes \(nodes) is not within 1 … 20") }
        guard loadTime.duration >= .seconds(5), loadTime.duration <= .seconds(600) else { throw ValidationError("--load-time is within 5s … 10m") }
    }

    func run() async throws {
        // A name that nobody can have made before, since what is in there says which programs run.
        var template = Array((NSTemporaryDirectory() + "updraft-demo-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw CommandFailure(.failed, "cannot make a directory in \(NSTemporaryDirectory()): \(String(cString: strerror(errno)))") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let directory = LabDirectory(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let timeline = Timeline(format: output)
        let result = Mutex<DemoOutcome?>(nil)
        let lab = Lab(configuration: try LabConfiguration(temporary: directory, nodes: nodes), timeline: timeline)
        try await lab.run { running in
            let script = DemoScript(
                lab: running, timeline: timeline, connections: load, loadTime: loadTime.duration, untilIdle: untilIdle, manifests: try GuideManifests())
            let outcome = try await script.run()
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

    private func show(_ outcome: DemoOutcome, _ running: RunningLab, _ timeline: Timeline) {
        func seconds(_ value: Double?) -> String { value.map { String(format: "%.1f s", $0) } ?? "–" }
        timeline.emit(
            .result, "", "from load to the first decision \(seconds(outcome.secondsToDecision)), to the first new Ready pod \(seconds(outcome.secondsToReady))",
            values: ["secondsToDecision": outcome.secondsToDecision ?? -1, "secondsToReady": outcome.secondsToReady ?? -1])
        for failure in outcome.failures { timeline.emit(.result, "", "NOT PROVEN: \(failure)") }
        if outcome.failures.isEmpty {
            timeline.emit(
                .result, "",
                "PASSED: metrics came through the aggregation layer; the guide's Deployment went to \(outcome.guideReplicas) (any use of 1m is 100 %); "
                    + "the 100m one stayed at 2 while idle (\(outcome.idleUtilization ?? 0)%/80%) and grew to \(outcome.comparedReplicas) under load (\(outcome.loadedUtilization ?? 0)%/80%)")
        }
        guard keep else {
            timeline.emit(.step, "to look around yourself: updraft demo --keep, or updraft up")
            return
        }
        let kubectl = "kubectl --kubeconfig \(running.directory.kubeconfig)"
        for command in ["get hpa", "describe hpa \(GuideManifests.comparedName)", "top pods --containers"] { timeline.emit(.step, "try: \(kubectl) \(command)") }
    }
}
