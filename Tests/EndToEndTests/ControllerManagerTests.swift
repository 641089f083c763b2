// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import Testing

@testable import Commands

extension EndToEnd {
    @Suite("the autoscaler as a process of its own", .serialized)
    struct ControllerManagerTests {
        @Test("one acts, one only records the same, and the next takes over from a leader that was killed")
        func takesOver() async throws {
            let program = try Tool.require(Tool.kubectl137, "kubectl 1.37")
            try await withLab(offset: 5100, arguments: ["--without", "horizontal-pod-autoscaler"]) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                for text in [GuideManifests.deploymentText, GuideManifests.autoscalerText] {
                    let created = try await kubectl("create", "-f", "-", input: text)
                    #expect(created.status == 0, "\(created.text)")
                }
                _ = try await kubectl.eventually("top", "pods") { $0.output.contains("podinfo") }

                let recording = try ControllerManager(lab, port: 20_301)
                defer { recording.kill() }
                _ = try await recording.decisions(lab) { $0["desiredReplicas"]?.int ?? 0 > 2 }
                #expect(try await kubectl("get", "hpa", "podinfo", "-o", "jsonpath={.status.desiredReplicas}").output == "0", "no status is written")
                #expect(try await kubectl("get", "deployment", "podinfo", "-o", "jsonpath={.spec.replicas}").output == "2")
                #expect(try await kubectl("get", "lease", "-n", "kube-system", "--ignore-not-found", AutoscalerProcess.leaseName).output.isEmpty)
                #expect(try await kubectl("get", "events", "--field-selector", "involvedObject.kind=HorizontalPodAutoscaler").output.isEmpty)
                #expect(recording.log.contains("would scale, but only records"))
                #expect(recording.log.contains("--horizontal-pod-autoscaler-use-rest-clients changes nothing"))

                let explained = try await Tool.run(Tool.updraft, ["explain", "hpa/podinfo", "--kubeconfig", lab.kubeconfig])
                #expect(explained.status == 0, "\(explained.text)")
                for text in [
                    "recomputed from the live objects", "The CPU request of 1m is the reason", "The status that the controller wrote differs",
                    "desiredReplicas    0",
                ] {
                    #expect(explained.output.contains(text), "\(text) in\n\(explained.output)")
                }

                let leader = try ControllerManager(lab, port: 20_302, arguments: ["--take-over"])
                defer { leader.kill() }
                _ = try await kubectl.eventually("get", "deployment", "podinfo", "-o", "jsonpath={.spec.replicas}") { $0.output == "10" }
                let decided = try await leader.decisions(lab) { $0["currentReplicas"] == 10 }
                let recorded = try await recording.decisions(lab) { $0["currentReplicas"] == 10 }
                #expect(decided["desiredReplicas"] == recorded["desiredReplicas"])
                let json = try await Tool.run(Tool.updraft, ["explain", "podinfo", "--kubeconfig", lab.kubeconfig, "-o", "json"])
                #expect(try JSONValue.parse(json.output)["source"] == "decided", "\(json.text)")

                let waiting = try ControllerManager(lab, port: 20_303, arguments: ["--take-over"])
                defer { waiting.kill() }
                _ = try await kubectl.eventually(
                    "get", "lease", "-n", "kube-system", AutoscalerProcess.leaseName, "-o", "jsonpath={.spec.leaseTransitions}"
                ) {
                    $0.output == "0" && waiting.log.contains("another is the leader")
                }
                leader.kill()
                _ = try await kubectl.eventually(
                    "get", "lease", "-n", "kube-system", AutoscalerProcess.leaseName, "-o", "jsonpath={.spec.leaseTransitions}"
                ) {
                    $0.output == "1"
                }
                // The new one acts: with another bound, the replicas follow.
                _ = try await kubectl("patch", "hpa", "podinfo", "--type", "merge", "-p", #"{"spec":{"maxReplicas":4}}"#)
                _ = try await kubectl.eventually("get", "deployment", "podinfo", "-o", "jsonpath={.spec.replicas}") { $0.output == "4" }
                // One that is in dry run is left alone.
                _ = try await kubectl("annotate", "hpa", "podinfo", "updraft.dev/dry-run=true")
                _ = try await kubectl("patch", "hpa", "podinfo", "--type", "merge", "-p", #"{"spec":{"maxReplicas":3}}"#)
                _ = try await waiting.decisions(lab) { $0["desiredReplicas"] == 3 }
                #expect(try await kubectl("get", "deployment", "podinfo", "-o", "jsonpath={.spec.replicas}").output == "4")
                #expect(await waiting.interrupt() == 0, "Ctrl-C ends it with 0")
                #expect(
                    try await kubectl("get", "lease", "-n", "kube-system", AutoscalerProcess.leaseName, "-o", "jsonpath={.spec.holderIdentity}")
                        .output.isEmpty)
            }
        }

        @Test("mistakes on its command line are named")
        func mistakes() async throws {
            let cases = [
                (["--horizontal-pod-autoscaler-sync-perid=1s"], 2, "Did you mean '--horizontal-pod-autoscaler-sync-period'"),
                (["--feature-gates", "HPAScaleToZeroo=true"], 2, "there are HPAScaleToZero"),
                (["--horizontal-pod-autoscaler-use-rest-clients=false"], 2, "Heapster"),
                (["--leader-elect-renew-deadline", "20s"], 2, "--leader-elect-lease-duration"),
                (["--controllers", "garbage-collector-controller"], 2, "leaves out horizontal-pod-autoscaler-controller"), ([], 2, "--kubeconfig"),
            ]
            for (arguments, status, text) in cases {
                let result = try await Tool.run(Tool.updraft, ["controller-manager"] + arguments)
                #expect(result.status == status && result.errors.contains(text), "\(arguments): \(result.text)")
            }
        }
    }
}

/// `updraft controller-manager` on a lab, as the lab's controller manager.
final class ControllerManager: Sendable {
    private let process: Process
    private let port: Int
    private let path: String

    init(_ lab: LabProcess, port: Int, arguments: [String] = []) throws {
        self.port = port
        path = NSTemporaryDirectory() + "updraft-controller-manager-\(UUID().uuidString).log"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        process = Process()
        process.executableURL = URL(fileURLWithPath: Tool.updraft)
        process.arguments =
            [
                "controller-manager", "--kubeconfig", lab.directory + "/controller-manager.conf", "--secure-port", "\(port)",
                "--horizontal-pod-autoscaler-use-rest-clients=true", "--horizontal-pod-autoscaler-sync-period=1s", "--leader-elect-lease-duration=3s",
                "--leader-elect-renew-deadline=2s", "--leader-elect-retry-period=500ms",
            ] + arguments
        let log = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = log
        process.standardError = log
        try process.run()
    }

    var log: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    /// The first autoscaler's line at `/decisions`, once it satisfies `condition`.
    func decisions(_ lab: LabProcess, until condition: (JSONValue) -> Bool) async throws -> JSONValue {
        let curl = try Tool.require(Tool.curl, "curl")
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let result = try await Tool.run(
                curl,
                [
                    "-sk", "--max-time", "5", "--cert", lab.directory + "/pki/admin.crt", "--key", lab.directory + "/pki/admin.key",
                    "https://127.0.0.1:\(port)/decisions",
                ])
            if let first = try? JSONValue.parse(result.output)["items"]?.array?.first, condition(first) { return first }
            guard ContinuousClock.now < deadline else { throw LabFailure(message: "its decisions are still:\n\(result.text)\n\(log)") }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    func interrupt() async -> Int32 {
        process.interrupt()
        for _ in 0..<150 where process.isRunning { try? await Task.sleep(for: .milliseconds(100)) }
        return process.isRunning ? -1 : process.terminationStatus
    }

    func kill() {
        if process.isRunning {
            Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: path)
    }
}
