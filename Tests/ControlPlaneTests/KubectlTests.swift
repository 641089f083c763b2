// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Testing

@testable import ControlPlane

/// What a real kubectl does against the served API, where there is one on this machine.
@Suite("kubectl", .enabled(if: Kubectl.isInstalled, "kubectl is not on the path"), .timeLimit(.minutes(2)))
struct KubectlTests {
    private static let deployment = """
        apiVersion: extensions/v1beta1
        kind: Deployment
        metadata:
          name: podinfo
        spec:
          replicas: 2
          template:
            metadata:
              labels: {app: podinfo}
              annotations: {prometheus.io/scrape: 'true'}
            spec:
              containers:
              - name: podinfod
                image: stefanprodan/podinfo:0.0.1
                ports: [{containerPort: 9898, protocol: TCP}]
                resources: {requests: {memory: 32Mi, cpu: 1m}, limits: {memory: 256Mi, cpu: 100m}}
        """

    private static let autoscaler = """
        apiVersion: autoscaling/v2beta1
        kind: HorizontalPodAutoscaler
        metadata:
          name: podinfo
        spec:
          scaleTargetRef: {apiVersion: extensions/v1beta1, kind: Deployment, name: podinfo}
          minReplicas: 2
          maxReplicas: 10
          metrics:
          - type: Resource
            resource: {name: cpu, targetAverageUtilization: 80}
          - type: Resource
            resource: {name: memory, targetAverageValue: 200Mi}
        """

    private func withKubectl(_ body: (Kubectl, ServedPlane) async throws -> Void) async throws {
        try await ServedPlane.run { served in
            let home = FileManager.default.temporaryDirectory.appendingPathComponent("updraft-kubectl-\(UUID())")
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: home) }
            let config = try served.kubeconfig(in: home.path, "kubernetes-admin", ["system:masters"])
            try await body(Kubectl(home: home.path, kubeconfig: config), served)
        }
    }

    @Test("applies the old manifests, shows them in today's words, scales and deletes them")
    func lifecycle() async throws {
        try await withKubectl { kubectl, _ in
            var applied = try await kubectl.run("apply", "-f", "-", input: "\(Self.deployment)\n---\n\(Self.autoscaler)\n")
            #expect(
                applied.output == "deployment.extensions/podinfo created\nhorizontalpodautoscaler.autoscaling/podinfo created\n", "\(applied.error)")
            applied = try await kubectl.run("apply", "-f", "-", input: "\(Self.deployment)\n---\n\(Self.autoscaler)\n")
            #expect(applied.output == "deployment.extensions/podinfo unchanged\nhorizontalpodautoscaler.autoscaling/podinfo unchanged\n")

            let table = try await kubectl.run("get", "hpa,deploy").lines
            #expect(table.first?.split(separator: " ").map(String.init) == ["NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE"])
            #expect(table[1].contains("cpu: <unknown>/80%, memory: <unknown>/200Mi   2         10        0"))
            #expect(table.contains { $0.hasPrefix("deployment.apps/podinfo   0/2     0            0") })

            #expect(try await kubectl.run("scale", "deploy/podinfo", "--replicas=5").output == "deployment.apps/podinfo scaled\n")
            #expect(try await kubectl.run("get", "deploy", "podinfo", "-o", "jsonpath={.spec.replicas} {.metadata.generation}").output == "5 2")
            for version in ["v1", "v2beta1", "v2beta2", "v2"] {
                let shown = try await kubectl.run("get", "horizontalpodautoscalers.\(version).autoscaling", "podinfo", "-o", "jsonpath={.apiVersion}")
                #expect(shown.output == "autoscaling/\(version)")
            }
            #expect(try await kubectl.run("delete", "deploy,hpa", "podinfo").code == 0)
            #expect(try await kubectl.run("get", "deploy,hpa").error == "No resources found in default namespace.\n")
        }
    }

    @Test("tells what is wrong with a manifest as upstream does")
    func mistakes() async throws {
        try await withKubectl { kubectl, served in
            let unknown = try await kubectl.run("apply", "-f", "-", input: Self.deployment.replacingOccurrences(of: "replicas:", with: "replicaz:"))
            #expect(unknown.error.contains("strict decoding error: unknown field \"spec.replicaz\""))
            let kind = try await kubectl.run(
                "apply", "-f", "-", input: Self.deployment.replacingOccurrences(of: "kind: Deployment", with: "kind: Deploymend"))
            #expect(kind.error.contains("no matches for kind \"Deploymend\" in version \"extensions/v1beta1\""))
            let quantity = try await kubectl.run("apply", "-f", "-", input: Self.deployment.replacingOccurrences(of: "32Mi", with: "32Mo"))
            #expect(quantity.error.contains("quantities must match the regular expression"))
            let absent = try await kubectl.run("get", "pod", "nope")
            #expect(absent.error == "Error from server (NotFound): pods \"nope\" not found\n")
            let alice = Kubectl(home: kubectl.home, kubeconfig: try served.kubeconfig(in: kubectl.home, "alice"))
            let refused = try await alice.run("get", "pods")
            #expect(
                refused.error
                    == "Error from server (Forbidden): pods is forbidden: User \"alice\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"\n"
            )
        }
    }

    @Test("lists the kinds and explains them")
    func discovery() async throws {
        try await withKubectl { kubectl, _ in
            let kinds = try await kubectl.run("api-resources", "--no-headers").lines
            #expect(
                kinds.contains {
                    $0.split(separator: " ") == ["horizontalpodautoscalers", "hpa", "autoscaling/v2", "true", "HorizontalPodAutoscaler"]
                })
            #expect(try await kubectl.run("explain", "hpa.spec.maxReplicas").output.contains("maxReplicas <integer>"))
            #expect(try await kubectl.run("get", "deploy").error == "No resources found in default namespace.\n")
            let services = try await kubectl.run("get", "apiservices", "v1.apps").lines
            #expect(services.last?.split(separator: " ").prefix(3) == ["v1.apps", "Local", "True"])
        }
    }

    @Test("watches rows as they change")
    func watch() async throws {
        try await withKubectl { kubectl, _ in
            _ = try await kubectl.run("apply", "-f", "-", input: Self.autoscaler)
            async let watching = kubectl.run("get", "hpa", "-w", "--request-timeout=8s")
            // Again and again, since nobody says when the watch has begun.
            for maximum in [7, 8, 7, 8] {
                try await Task.sleep(for: .milliseconds(1000))
                _ = try await kubectl.run("patch", "hpa", "podinfo", "-p", #"{"spec":{"maxReplicas":\#(maximum)}}"#)
            }
            let lines = try await watching.lines
            #expect(lines.count >= 3, "\(lines)")
            #expect([" 7 ", " 8 "].allSatisfy { maximum in lines.contains { $0.contains(maximum) } }, "\(lines)")
            #expect(Set(lines.dropFirst().map { $0.split(separator: " ").first }) == ["podinfo"])
        }
    }
}

struct Kubectl: Sendable {
    let home: String
    let kubeconfig: String

    static let path = "/usr/bin/kubectl"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

    struct Outcome: Sendable {
        var code: Int32
        var output: String
        var error: String
        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    func run(_ arguments: String..., input: String? = nil) async throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = arguments
        process.environment = ["HOME": home, "KUBECONFIG": kubeconfig, "PATH": "/usr/bin:/bin"]
        // Files rather than pipes: nothing has to read along.
        let base = "\(home)/\(UUID())"
        for suffix in ["in", "out", "err"] {
            _ = FileManager.default.createFile(atPath: "\(base).\(suffix)", contents: suffix == "in" ? Data((input ?? "").utf8) : nil)
        }
        process.standardInput = FileHandle(forReadingAtPath: "\(base).in")
        process.standardOutput = FileHandle(forWritingAtPath: "\(base).out")
        process.standardError = FileHandle(forWritingAtPath: "\(base).err")
        let code = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        func text(_ suffix: String) throws -> String { try String(contentsOfFile: "\(base).\(suffix)", encoding: .utf8) }
        return Outcome(code: code, output: try text("out"), error: try text("err"))
    }
}
