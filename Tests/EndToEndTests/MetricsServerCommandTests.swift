// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import Testing

extension EndToEnd {
    @Suite("the metrics server as a process of its own", .serialized)
    struct MetricsServerCommandTests {
        private static let port = 17_743
        private static let pods = "/apis/metrics.k8s.io/v1beta1/pods"
        private static let nodes = "/apis/metrics.k8s.io/v1beta1/nodes"

        @Test("whom it believes, what it serves with, how it ends")
        func serves() async throws {
            let program = try Tool.require(Tool.kubectl132, "kubectl 1.32")
            try await withLab(offset: 7300, arguments: ["--without", "metrics-server"]) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                let kubeconfig = try Self.kubeconfig(lab)
                try await Self.apply(MetricsServerObjects.withoutReader, kubectl)
                try await namesTheMissingRole(kubeconfig, lab)
                try await Self.apply(MetricsServerObjects.reader, kubectl)
                let arguments = ["--cert-dir=\(lab.directory)/serving", "--shutdown-delay-duration=3s"]
                let server = try MetricsServerProcess(kubeconfig: kubeconfig, port: Self.port, arguments: arguments)
                defer { server.kill() }
                try await server.eventually("/readyz") { $0.status == 200 }
                try await health(server)
                try await trust(server, kubectl, lab)
                let certificate = try await keptCertificate(server, lab)
                try await endsInOrder(server)

                let second = try MetricsServerProcess(kubeconfig: kubeconfig, port: Self.port, arguments: arguments)
                defer { second.kill() }
                try await second.eventually("/livez") { $0.status == 200 }
                #expect(try Self.text("\(lab.directory)/serving/apiserver.crt") == certificate, "the certificate is kept")
            }
        }

        @Test("certificates and authorities are replaced under requests, none of which fails; broken files change nothing")
        func rotation() async throws {
            let program = try Tool.require(Tool.kubectl132, "kubectl 1.32")
            let openssl = try Tool.require(Tool.openssl, "openssl")
            try await withLab(offset: 7300, arguments: ["--without", "metrics-server"]) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                try await Self.apply(MetricsServerObjects.withoutReader + MetricsServerObjects.reader, kubectl)
                let kit = try CertificateKit(folder: lab.directory + "/kit", openssl: openssl)
                for name in ["serving-a", "serving-b", "proxy-a", "proxy-b"] { try await kit.make(name) }
                try kit.write("serving.crt", from: "serving-a.crt")
                try kit.write("serving.key", from: "serving-a.key")
                try kit.write("proxy-ca.crt", from: "proxy-a-ca.crt")
                try kit.write("serving-both-ca.crt", from: "serving-a-ca.crt", "serving-b-ca.crt")
                let server = try MetricsServerProcess(
                    kubeconfig: try Self.kubeconfig(lab), port: Self.port,
                    arguments: [
                        "--tls-cert-file=\(kit.folder)/serving.crt", "--tls-private-key-file=\(kit.folder)/serving.key",
                        "--requestheader-client-ca-file=\(kit.folder)/proxy-ca.crt",
                    ])
                defer { server.kill() }
                try await server.eventually("/readyz") { $0.status == 200 }
                try await rotate(server, kit)
            }
        }

        @Test("mistakes on its command line are named")
        func mistakes() async throws {
            let cases: [([String], Int32, String)] = [
                (["--metric-resolutoin=15s"], 2, "did you mean --metric-resolution?"), (["--kubelet-port=x"], 2, "is no whole number"),
                (["--metric-resolution=5s"], 2, "at least 10s"), (["--source=kubernetes.summary_api:''"], 2, "no longer a flag"),
                (["--audit-webhook-config-file=f"], 2, "not supported"), (["--kubeconfig=/nope"], 2, "/nope"), ([], 2, "--kubeconfig"),
                (["--version"], 0, "v"), (["--help"], 0, "--kubelet-insecure-tls"),
            ]
            for (arguments, status, text) in cases {
                let result = try await Tool.run(Tool.updraft, ["metrics-server"] + arguments)
                #expect(result.status == status && result.text.contains(text), "\(arguments): \(result.status) \(result.text)")
            }
        }

        // MARK: Steps

        private func namesTheMissingRole(_ kubeconfig: String, _ lab: LabProcess) async throws {
            let server = try MetricsServerProcess(kubeconfig: kubeconfig, port: Self.port, arguments: ["--cert-dir=\(lab.directory)/serving"])
            defer { server.kill() }
            #expect(await server.ended() == 1)
            #expect(server.log.contains("extension-apiserver-authentication") && server.log.contains("create rolebinding"), "\(server.log)")
        }

        private func health(_ server: MetricsServerProcess) async throws {
            let ready = try await server.request("/readyz?verbose")
            #expect(
                ready.body == """
                    [+]ping ok
                    [+]log ok
                    [+]poststarthook/max-in-flight-filter ok
                    [+]poststarthook/storage-object-count-tracker-hook ok
                    [+]metric-storage-ready ok
                    [+]metric-informer-sync ok
                    [+]metadata-informer-sync ok
                    [+]shutdown ok
                    readyz check passed

                    """)
        }

        private func trust(_ server: MetricsServerProcess, _ kubectl: Kubectl, _ lab: LabProcess) async throws {
            let pki = lab.directory + "/pki"
            func by(_ name: String) -> [String] { ["-k", "--cert", "\(pki)/\(name).crt", "--key", "\(pki)/\(name).key"] }
            func token(_ account: String) async throws -> [String] {
                let made = try await kubectl("create", "token", account, "-n", "default")
                #expect(made.status == 0, "\(made.text)")
                return ["-k", "-H", "Authorization: Bearer \(made.output.trimmingCharacters(in: .whitespacesAndNewlines))"]
            }
            func expect(_ status: Int, _ text: String, _ arguments: [String], _ path: String = Self.pods) async throws {
                let answer = try await server.request(path, arguments)
                #expect(answer.status == status && answer.body.contains(text), "\(arguments.prefix(4)): \(answer)")
            }
            let forged = ["-H", "X-Remote-User: kubernetes-admin", "-H", "X-Remote-Group: system:masters"]
            try await expect(403, #"User \"system:anonymous\" cannot list resource \"pods\""#, ["-k"])
            try await expect(403, #"User \"system:anonymous\""#, ["-k"] + forged)
            try await expect(401, #""message":"Unauthorized""#, ["-k", "-H", "Authorization: Bearer bogus"])
            let reader = try await token("reader")
            try await expect(200, "PodMetricsList", reader)
            try await expect(403, #"User \"system:serviceaccount:default:reader\" cannot list resource \"nodes\""#, reader, Self.nodes)
            try await expect(403, #"User \"system:serviceaccount:default:stranger\""#, try await token("stranger"))
            // Headers beside a token count no more than alone.
            try await expect(403, #"User \"system:serviceaccount:default:stranger\""#, try await token("stranger") + forged)
            try await expect(200, "NodeMetricsList", by("admin"), Self.nodes)
            try await expect(403, #"User \"system:kube-scheduler\""#, by("scheduler"), Self.nodes)
            try await expect(200, "PodMetricsList", by("front-proxy-client") + ["-H", "X-Remote-User: system:serviceaccount:default:reader"])
            try await expect(403, #"User \"mallory\""#, by("front-proxy-client") + ["-H", "X-Remote-User: mallory"])
            try await expect(401, "Unauthorized", by("front-proxy-client"))
            #expect(!server.log.contains(reader.last?.split(separator: " ").last ?? "Bearer"), "no token is in the log")
        }

        /// Made by itself, and such that a client that has it can verify it.
        private func keptCertificate(_ server: MetricsServerProcess, _ lab: LabProcess) async throws -> String {
            let file = "\(lab.directory)/serving/apiserver.crt"
            #expect(try await server.request("/livez", ["--cacert", file]).status == 200)
            let key = try FileManager.default.attributesOfItem(atPath: "\(lab.directory)/serving/apiserver.key")
            #expect(key[.posixPermissions] as? Int == 0o600)
            return try Self.text(file)
        }

        private func endsInOrder(_ server: MetricsServerProcess) async throws {
            server.terminate()
            let stopping = try await server.eventually("/readyz?verbose") { $0.status == 500 }
            #expect(stopping.body.contains("[-]shutdown failed"), "\(stopping)")
            #expect(try await server.request("/livez").status == 200, "it goes on serving for --shutdown-delay-duration")
            #expect(await server.ended() == 0, "\(server.log)")
        }

        private func rotate(_ server: MetricsServerProcess, _ kit: CertificateKit) async throws {
            let stream = RequestStream(server, kit, path: Self.pods, proxy: "proxy-a")
            let requests = Task { await stream.run() }
            // The new authority is added, then the proxy shows the new certificate, then the old authority goes.
            try kit.write("proxy-ca.crt", from: "proxy-a-ca.crt", "proxy-b-ca.crt")
            try await server.eventually(Self.pods, stream.arguments(proxy: "proxy-b")) { $0.status == 200 }
            stream.use(proxy: "proxy-b")
            try await stream.further(200)
            try kit.write("proxy-ca.crt", from: "proxy-b-ca.crt")
            try kit.write("serving.key", from: "serving-b.key")
            try kit.write("serving.crt", from: "serving-b.crt")
            try await server.eventually("/livez", ["--cacert", "\(kit.folder)/serving-b-ca.crt"]) { $0.status == 200 }
            try await server.eventually(Self.pods, stream.arguments(proxy: "proxy-a")) { $0.status == 401 }
            // Nonsense is told, and changes nothing.
            try kit.write("serving.crt", text: "nonsense")
            try kit.write("proxy-ca.crt", text: "nonsense")
            for flag in ["--tls-cert-file", "--requestheader-client-ca-file"] {
                try await server.eventually("/livez", ["--cacert", "\(kit.folder)/serving-b-ca.crt"]) { _ in
                    server.log.split(separator: "\n").contains { $0.contains("cannot take over files that changed") && $0.contains(flag) }
                }
            }
            try await stream.further(200)
            requests.cancel()
            await requests.value
            #expect(stream.failures.isEmpty && stream.total > 400, "\(stream.total) requests, failures: \(stream.failures)\n\(server.log)")
            print("rotation: \(stream.total) requests, \(stream.failures.count) failed")
        }

        // MARK: What it needs

        private static func apply(_ text: String, _ kubectl: Kubectl) async throws {
            let applied = try await kubectl("apply", "-f", "-", input: text)
            #expect(applied.status == 0, "\(applied.text)")
        }

        /// Of the account that upstream's manifests give it; its files are named relatively.
        private static func kubeconfig(_ lab: LabProcess) throws -> String {
            let path = lab.directory + "/metrics-server.conf"
            let text = """
                {apiVersion: v1, kind: Config, current-context: lab,
                 clusters: [{name: lab, cluster: {server: "https://127.0.0.1:\(6443 + lab.offset)", certificate-authority: pki/ca.crt}}],
                 users: [{name: metrics-server, user: {client-certificate: pki/metrics-server.crt, client-key: pki/metrics-server.key}}],
                 contexts: [{name: lab, context: {cluster: lab, user: metrics-server}}]}
                """
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        private static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
    }
}
