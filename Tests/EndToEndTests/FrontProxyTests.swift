// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// The guide's own certificate commands and flags, with Debian's cfssl.
    @Suite("the front proxy proves who it is", .serialized)
    struct FrontProxyTests {
        static let caRequest = #"{ "CN": "kubernetes", "key": { "algo": "rsa", "size": 2048 } }"#
        static let clientRequest = #"{ "CN": "front-proxy-client", "key": { "algo": "rsa", "size": 2048 } }"#
        /// The guide names `ca-config.json` and never shows it; this is what its profile has to hold.
        static let signingConfiguration = """
            {"signing": {"default": {"expiry": "8760h"}, "profiles": {"kubernetes": {
              "usages": ["signing", "key encipherment", "server auth", "client auth"], "expiry": "8760h"}}}}
            """

        /// Makes `front-proxy-ca` and `front-proxy-client` as the guide does.
        private func makeCertificates(in folder: String) async throws {
            let cfssl = try Tool.require(Tool.cfssl, "cfssl")
            _ = try Tool.require(Tool.cfssljson, "cfssljson")
            for (name, text) in [
                ("front-proxy-ca-csr.json", Self.caRequest), ("front-proxy-client-csr.json", Self.clientRequest),
                ("ca-config.json", Self.signingConfiguration),
            ] {
                try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            }
            for line in [
                "\(cfssl) gencert -initca front-proxy-ca-csr.json | cfssljson -bare front-proxy-ca",
                "\(cfssl) gencert -ca=front-proxy-ca.pem -ca-key=front-proxy-ca-key.pem -config=ca-config.json -profile=kubernetes front-proxy-client-csr.json"
                    + " | cfssljson -bare front-proxy-client",
            ] {
                let result = try await Tool.run("/bin/sh", ["-c", line], directory: folder)
                try #require(result.status == 0, "\(result.text)")
            }
        }

        private func guideFlags(_ folder: String, allowedNames: String) -> [String] {
            [
                "--requestheader-client-ca-file=\(folder)/front-proxy-ca.pem", "--requestheader-allowed-names=\(allowedNames)",
                "--requestheader-extra-headers-prefix=X-Remote-Extra-", "--requestheader-group-headers=X-Remote-Group",
                "--requestheader-username-headers=X-Remote-User", "--proxy-client-cert-file=\(folder)/front-proxy-client.pem",
                "--proxy-client-key-file=\(folder)/front-proxy-client-key.pem", "--horizontal-pod-autoscaler-use-rest-clients=true",
            ]
        }

        @Test("the guide's allowed name 'aggregator' is refused, with both names in the log; front-proxy-client works")
        func guideFlags() async throws {
            let kubectlProgram = try Tool.require(Tool.kubectl132, "kubectl 1.32")
            let folder = try LabProcess.temporaryDirectory()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try await makeCertificates(in: folder)

            let refused = try LabProcess(
                directory: try LabProcess.temporaryDirectory(), offset: 4100, arguments: guideFlags(folder, allowedNames: "aggregator"))
            defer { refused.remove() }
            let kubectl = Kubectl(program: kubectlProgram, kubeconfig: refused.kubeconfig)
            _ = try await kubectl.eventually("get", "nodes", seconds: 60) { $0.output.contains(" Ready ") }
            // What the guide's reader sees: no metrics, and an APIService that says why.
            let raw = try await kubectl.eventually("get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes") { $0.status != 0 }
            #expect(raw.errors.contains(/Unauthorized|logged in|forbidden|unable to handle|currently unavailable/), "\(raw.text)")
            _ = try await kubectl.eventually("get", "apiservice", "v1beta1.metrics.k8s.io", "-o", "yaml") { $0.output.contains(/40[13]/) }
            #expect(refused.output.contains("front-proxy-client"), "the log names what it saw:\n\(refused.output)")
            #expect(refused.output.contains("aggregator"), "and what it allows")
            try await refused.stop()

            try await withLab(offset: 4200, arguments: guideFlags(folder, allowedNames: "front-proxy-client")) { lab in
                let kubectl = Kubectl(program: kubectlProgram, kubeconfig: lab.kubeconfig)
                let nodes = try await kubectl.eventually("get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes") { $0.status == 0 }
                #expect(nodes.output.contains("NodeMetricsList"))
            }
        }

        @Test("forged X-Remote headers count only with the front-proxy certificate")
        func forgedHeaders() async throws {
            let curl = try Tool.require(Tool.curl, "curl")
            try await withLab(offset: 4300) { lab in
                let pki = lab.directory + "/pki"
                let metrics = "https://127.0.0.1:\(10443 + lab.offset)/apis/metrics.k8s.io/v1beta1/nodes"
                let forged = ["-H", "X-Remote-User: mallory", "-H", "X-Remote-Group: system:masters"]
                let request = ["-sk", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "10"]

                let bare = try await Tool.run(curl, request + forged + [metrics])
                #expect(["401", "403"].contains(bare.output), "without any certificate: \(bare.output)")
                let own = try await Tool.run(
                    curl, request + forged + ["--cert", "\(pki)/metrics-server.crt", "--key", "\(pki)/metrics-server.key", metrics])
                #expect(["401", "403"].contains(own.output), "with a certificate of the cluster CA that may not read metrics: \(own.output)")
                let proxy = try await Tool.run(
                    curl, request + forged + ["--cert", "\(pki)/front-proxy-client.crt", "--key", "\(pki)/front-proxy-client.key", metrics])
                #expect(proxy.output == "200", "with the front-proxy certificate: \(proxy.text)")
                let nobody = try await Tool.run(
                    curl, request + ["--cert", "\(pki)/front-proxy-client.crt", "--key", "\(pki)/front-proxy-client.key", metrics])
                #expect(nobody.output == "401", "the front proxy without a user: \(nobody.output)")

                // Through the API server the same headers change nothing: a node stays a node.
                let api = "https://127.0.0.1:\(6443 + lab.offset)/apis/metrics.k8s.io/v1beta1/nodes"
                let asNode = ["--cert", "\(pki)/node-0.crt", "--key", "\(pki)/node-0.key"]
                let plain = try await Tool.run(curl, request + asNode + [api])
                let spoofed = try await Tool.run(curl, request + asNode + forged + [api])
                #expect(plain.output == "403" && spoofed.output == "403", "plain \(plain.output), spoofed \(spoofed.output)")
            }
        }
    }
}
