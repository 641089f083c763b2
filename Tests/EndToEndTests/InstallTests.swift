// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import Testing

extension EndToEnd {
    /// The metrics server installed as on any cluster, in a lab that has none.
    @Suite("installing the metrics server", .serialized)
    struct InstallTests {
        private static let without = ["--without", "metrics-server"]
        private static let apiServices = ["v1beta1.metrics.k8s.io", "v1.metrics.k8s.io"]
        /// As metrics-server's manifests make it.
        private static let foreign = """
            apiVersion: apiregistration.k8s.io/v1
            kind: APIService
            metadata: {name: v1beta1.metrics.k8s.io, labels: {k8s-app: metrics-server}}
            spec:
              group: metrics.k8s.io
              version: v1beta1
              groupPriorityMinimum: 100
              versionPriority: 100
              insecureSkipTLSVerify: true
              service: {name: metrics-server, namespace: kube-system}
            """

        private func manifests(_ lab: LabProcess, _ arguments: String...) async throws -> ToolResult {
            try await Tool.run(Tool.updraft, ["manifests", "metrics-server", "--kubeconfig", lab.kubeconfig] + arguments)
        }

        private func json(_ kubectl: Kubectl, _ arguments: [String]) async throws -> JSONValue {
            let result = try await Tool.run(kubectl.program, ["--kubeconfig", kubectl.kubeconfig, "get"] + arguments + ["-o", "json"])
            try #require(result.status == 0, "\(result.text)")
            return try JSONValue.parse(result.output)
        }

        private func expectServed(_ kubectl: Kubectl, secret: String = "updraft-metrics-server-tls") async throws {
            let bundle = try await json(kubectl, ["secret", "-n", "kube-system", secret]).value(at: "data", "ca.crt")
            for name in Self.apiServices {
                _ = try await kubectl.eventually("get", "apiservice", name, seconds: 60) { $0.output.contains(" True ") }
                let spec = try await json(kubectl, ["apiservice", name])["spec"]
                #expect(spec?["caBundle"] == bundle && bundle?.string?.isEmpty == false, "\(name)")
                #expect(spec?["insecureSkipTLSVerify"] == nil, "\(name)")
            }
            let top = try await kubectl.eventually("top", "nodes", seconds: 60) { $0.status == 0 }
            #expect(top.output.contains("node-0"), "\(top.text)")
        }

        /// Runs a command as it was printed.
        private func shell(_ line: String, _ kubectl: Kubectl) async throws {
            let folder = (kubectl.program as NSString).deletingLastPathComponent
            let path = "\(folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
            let result = try await Tool.run("/bin/sh", ["-c", line], environment: ["KUBECONFIG": kubectl.kubeconfig, "PATH": path])
            try #require(result.status == 0, "\(line)\n\(result.text)")
        }

        @Test("an APIService of somebody else is not touched; it is taken over and given back by the commands printed")
        func takeOver() async throws {
            let program = try Tool.require(Tool.kubectl132, "kubectl 1.32")
            try await withLab(offset: 7900, arguments: Self.without) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                _ = try await kubectl("apply", "-f", "-", input: Self.foreign)
                let refused = try await manifests(lab, "--ha")
                #expect(refused.status == 1 && refused.output.isEmpty, "\(refused.text)")
                #expect(refused.errors.contains("v1beta1.metrics.k8s.io belongs to the Service kube-system/metrics-server, k8s-app=metrics-server"))
                let commands = refused.errors.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
                    .filter { $0.hasPrefix("kubectl patch") }
                try #require(commands.count == 2, "\(refused.errors)")

                let beside = try await manifests(lab, "--ha", "--without-api-services")
                let applied = try await kubectl("apply", "-f", "-", input: beside.output)
                #expect(applied.status == 0, "\(applied.text)")
                let rollout = try await kubectl(
                    "rollout", "status", "-n", "kube-system", "deployment/updraft-metrics-server", "--timeout=120s", seconds: 130)
                let logs = try await kubectl("logs", "-n", "kube-system", "-l", "app.kubernetes.io/instance=updraft-metrics-server", "--tail=100")
                try #require(rollout.status == 0, "\(rollout.text)\n\(logs.text)")
                let pods = try await json(kubectl, ["pods", "-n", "kube-system", "-l", "app.kubernetes.io/instance=updraft-metrics-server"])
                let nodes = Set((pods["items"]?.array ?? []).compactMap { $0.value(at: "spec", "nodeName")?.string })
                #expect(nodes.count == 2, "on two nodes: \(nodes)")
                #expect(logs.output.contains("somebody else's"), "\(logs.text)")

                try await shell(commands[0], kubectl)
                _ = try await kubectl.eventually("get", "apiservice", "v1beta1.metrics.k8s.io", seconds: 30) { $0.output.contains(" True ") }
                _ = try await kubectl("apply", "-f", "-", input: try await manifests(lab, "--ha", "--take-over").output)
                try await expectServed(kubectl)

                // Ours now: applied as if newly installed, and a second time without a change.
                let ours = try await manifests(lab, "--ha")
                #expect(ours.status == 0, "\(ours.text)")
                _ = try await kubectl("apply", "-f", "-", input: ours.output)
                let secret = try await json(kubectl, ["secret", "-n", "kube-system", "updraft-metrics-server-tls"])
                let again = try await kubectl("apply", "-f", "-", input: ours.output)
                // kubectl replaces the selector of a budget each time, whatever it is.
                let changed = again.output.split(separator: "\n").filter { !$0.hasSuffix(" unchanged") && !$0.hasPrefix("poddisruptionbudget") }
                #expect(again.status == 0 && changed.isEmpty, "\(again.text)")
                #expect(try await json(kubectl, ["secret", "-n", "kube-system", "updraft-metrics-server-tls"]) == secret)
                try await expectServed(kubectl)

                try await shell(commands[1], kubectl)
                let removed = try await kubectl("delete", "-f", "-", input: beside.output, seconds: 120)
                #expect(removed.status == 0, "\(removed.text)")
                let spec = try await json(kubectl, ["apiservice", "v1beta1.metrics.k8s.io"])["spec"]
                #expect(spec?.value(at: "service", "name") == "metrics-server" && spec?["insecureSkipTLSVerify"] == true && spec?["caBundle"] == nil)
            }
        }

        /// As KEDA's manifests make it.
        private static let keda = """
            apiVersion: v1
            kind: Service
            metadata: {name: keda-operator-metrics-apiserver, labels: {app.kubernetes.io/name: keda-operator-metrics-apiserver}}
            spec: {ports: [{port: 443}]}
            ---
            apiVersion: apiregistration.k8s.io/v1
            kind: APIService
            metadata: {name: v1beta1.external.metrics.k8s.io, labels: {app.kubernetes.io/part-of: keda-operator}}
            spec:
              group: external.metrics.k8s.io
              version: v1beta1
              groupPriorityMinimum: 100
              versionPriority: 100
              service: {name: keda-operator-metrics-apiserver, namespace: default}
            """

        @Test("--take-over prints the APIService of metrics-server, not that of KEDA, of which it tells")
        func leftOut() async throws {
            let program = try Tool.require(Tool.kubectl132, "kubectl 1.32")
            try await withLab(offset: 7900, arguments: Self.without) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                let applied = try await kubectl("apply", "-f", "-", input: Self.foreign + "\n---\n" + Self.keda)
                try #require(applied.status == 0, "\(applied.text)")
                let rules = ["--rules", "adapter-config", "--prometheus-url", "http://prometheus:9090"]
                let flags = ["manifests", "metrics-server", "--kubeconfig", lab.kubeconfig] + rules
                let refused = try await Tool.run(Tool.updraft, flags)
                #expect(refused.status == 1 && refused.output.isEmpty && refused.errors.contains("--take-over leaves with its owner"))
                let printed = try await Tool.run(Tool.updraft, flags + ["--take-over"])
                #expect(printed.status == 0 && printed.errors.contains("left out: v1beta1.external.metrics.k8s.io"), "\(printed.text)")
                #expect(printed.errors.contains("the Service default/keda-operator-metrics-apiserver"), "\(printed.errors)")
                let names = try YAML.documents(in: printed.output).map { KubeObject($0.object ?? [:]) }.filter { $0.kind == "APIService" }.map(\.name)
                #expect(
                    names == [
                        "v1beta1.metrics.k8s.io", "v1.metrics.k8s.io", "v1beta2.custom.metrics.k8s.io", "v1beta1.custom.metrics.k8s.io",
                    ])
            }
        }

        @Test("the chart is installed, upgraded and uninstalled by helm")
        func chart() async throws {
            let program = try Tool.require(Tool.kubectl132, "kubectl 1.32")
            let helm = try Tool.require(Tool.helm, "helm")
            try await withLab(offset: 8100, arguments: Self.without) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                func run(_ arguments: String...) async throws {
                    let result = try await Tool.run(
                        helm, arguments + ["--kubeconfig", lab.kubeconfig, "--namespace", "kube-system"],
                        environment: ["HELM_CACHE_HOME": lab.directory, "HELM_CONFIG_HOME": lab.directory, "HELM_DATA_HOME": lab.directory],
                        seconds: 180)
                    try #require(result.status == 0, "helm \(arguments)\n\(result.text)\n\(lab.output)")
                }
                try await run("install", "updraft-metrics-server", HelmChart.path, "--wait", "--timeout", "150s")
                try await expectServed(kubectl)
                let before = try await json(kubectl, ["secret", "-n", "kube-system", "updraft-metrics-server-tls"])["data"]
                try await run("upgrade", "updraft-metrics-server", HelmChart.path, "--set", "replicas=2,podDisruptionBudget.enabled=true")
                let deployment = try await json(kubectl, ["deployment", "-n", "kube-system", "updraft-metrics-server"])
                #expect(deployment.value(at: "spec", "replicas") == 2)
                #expect(try await json(kubectl, ["secret", "-n", "kube-system", "updraft-metrics-server-tls"])["data"] == before)
                try await expectServed(kubectl)
                try await run("uninstall", "updraft-metrics-server")
                for name in Self.apiServices {
                    let gone = try await kubectl.eventually("get", "apiservice", name) { $0.status != 0 }
                    #expect(gone.errors.contains("NotFound"), "\(gone.text)")
                }
            }
        }
    }
}
