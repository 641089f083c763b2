// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

@testable import Commands

extension EndToEnd {
    @Suite("nothing acknowledged is lost", .serialized)
    struct CrashTests {
        @Test("kill -9 during writes, then up again: every acknowledged object is there and no process of the first run")
        func killHard() async throws {
            let program = try Tool.require(Tool.kubectl132, "kubectl 1.32")
            let directory = try LabProcess.temporaryDirectory()
            let first = try LabProcess(directory: directory, offset: 4400)
            defer { first.remove() }
            try await first.waitUntilReady()
            let kubectl = Kubectl(program: program, kubeconfig: first.kubeconfig)
            let created = try await kubectl("create", "-f", "-", input: GuideManifests.deploymentText)
            #expect(created.status == 0, "\(created.text)")
            _ = try await kubectl.eventually("get", "deployment", "podinfo", "-o", "jsonpath={.status.readyReplicas}") { $0.output == "2" }

            let acknowledged = AcknowledgedNames()
            let curl = try Tool.require(Tool.curl, "curl")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for number in 0..<400 {
                            let name = "note-\(writer)-\(number)"
                            let result = try await Tool.run(
                                curl,
                                [
                                    "-sk", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "5", "-H", "Content-Type: application/json",
                                    "--cert", "\(directory)/pki/admin.crt", "--key", "\(directory)/pki/admin.key",
                                    "-d", #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\#(name)"}}"#,
                                    "https://127.0.0.1:\(6443 + first.offset)/api/v1/namespaces/default/configmaps",
                                ])
                            guard result.output == "201" else { return }
                            acknowledged.add(name)
                        }
                    }
                }
                group.addTask {
                    try await Task.sleep(for: .seconds(2))
                    first.killHard()
                }
                try await group.waitForAll()
            }
            let names = acknowledged.all
            #expect(names.count > 20, "the test wrote \(names.count) objects")

            let second = try LabProcess(directory: directory, offset: 4400)
            try await second.waitUntilReady()
            #expect(first.strays().filter { !$0.hasPrefix("\(second.processID) ") && !$0.contains("podinfo") }.isEmpty)
            let stored = try await kubectl("get", "configmaps", "-o", "jsonpath={.items[*].metadata.name}").output.split(separator: " ").map(
                String.init)
            #expect(Set(names).subtracting(stored).isEmpty, "lost: \(Set(names).subtracting(stored).sorted().prefix(5))")
            #expect(stored.count == Set(stored).count)
            _ = try await kubectl.eventually("get", "deployment", "podinfo", "-o", "jsonpath={.status.readyReplicas}", seconds: 60) {
                $0.output == "2"
            }
            // The status may still be the first run's.
            let deadline = ContinuousClock.now + .seconds(30)
            while PodProcesses.running(under: second.processID).count != 2, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(100))
            }
            let pods = PodProcesses.running(under: second.processID)
            #expect(pods.count == 2, "two pods run, both the second run's")
            #expect(PodProcesses.all(named: "-port=9898", in: directory).count == 2, "none of the first run's")
            try await second.stop()
            #expect(second.strays().isEmpty)
        }

        @Test("two labs at once do not see each other")
        func twoLabs() async throws {
            let program = try Tool.require(Tool.kubectl132, "kubectl 1.32")
            try await withLab(offset: 4500) { one in
                try await withLab(offset: 4600) { two in
                    let first = Kubectl(program: program, kubeconfig: one.kubeconfig)
                    let second = Kubectl(program: program, kubeconfig: two.kubeconfig)
                    _ = try await first("create", "-f", "-", input: GuideManifests.deploymentText)
                    _ = try await first.eventually("get", "deployment", "podinfo", "-o", "jsonpath={.status.readyReplicas}") { $0.output == "2" }
                    let other = try await second("get", "deployments,pods")
                    #expect(other.output.isEmpty, "\(other.text)")
                    // Not even with the other's certificate.
                    let crossed = try await Tool.run(
                        program,
                        [
                            "--server", "https://127.0.0.1:\(6443 + two.offset)", "--insecure-skip-tls-verify", "--client-certificate",
                            "\(one.directory)/pki/admin.crt", "--client-key", "\(one.directory)/pki/admin.key", "get", "nodes",
                        ])
                    #expect(crossed.status != 0, "\(crossed.text)")
                    let addresses = try await first("get", "nodes", "-o", "jsonpath={.items[*].status.addresses[0].address}").output
                    let others = try await second("get", "nodes", "-o", "jsonpath={.items[*].status.addresses[0].address}").output
                    #expect(Set(addresses.split(separator: " ")).isDisjoint(with: others.split(separator: " ")))
                }
            }
        }
    }
}

final class AcknowledgedNames: Sendable {
    private let names = Mutex<[String]>([])
    var all: [String] { names.withLock { $0 } }
    func add(_ name: String) { names.withLock { $0.append(name) } }
}

enum PodProcesses {
    /// Processes below `parent` that serve the guide's port.
    static func running(under parent: Int32) -> [Int32] {
        all().filter { commandLine($0).contains("-port=9898") && ProcessTree.ancestors(of: $0)?.contains(parent) == true }
    }

    /// Processes with `argument` on their command line that were started for the lab in `directory`.
    static func all(named argument: String, in directory: String) -> [Int32] {
        all().filter { process in
            guard commandLine(process).contains(argument) else { return false }
            let mounts = (try? String(contentsOfFile: "/proc/\(process)/mountinfo", encoding: .utf8)) ?? ""
            return mounts.contains(directory)
        }
    }

    private static func all() -> [Int32] { ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) } }
    private static func commandLine(_ process: Int32) -> String { (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? "" }
}
