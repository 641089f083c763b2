// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import PrometheusConfiguration
import Testing

@Suite("A lab's own server")
struct LabTests {
    static let lab: LabTargets = {
        var lab = LabTargets(scrapeInterval: .seconds(1))
        let credential = Fixtures.access.credential
        lab.kubelets = credential
        lab.externalLabels = ["cluster": "lab"]
        lab.endpoints = [
            .apiServer(address: "127.0.0.1:6443", credential: credential),
            MetricsEndpoint(job: "metrics-server", address: "127.0.0.1:10443", isSecure: true, credential: credential),
            MetricsEndpoint(job: "updraft", address: "127.0.0.1:8001", isSecure: false, labels: ["component": "controllers"]),
            MetricsEndpoint(job: "updraft", address: "127.0.0.1:8002", isSecure: false, labels: ["component": "scheduler"]),
        ]
        return lab
    }()

    @Test("is scraped by a configuration that Prometheus loads")
    func isLoaded() throws {
        try CheckedConfiguration.check { environment in
            let environment = environment(.files(folder: "/lab/targets"))
            var lab = LabTargets(scrapeInterval: .milliseconds(1500))
            let credential = ClientCredential(
                caFile: environment.files[ServerEnvironment.serviceAccountCA], tokenFile: environment.files[ServerEnvironment.serviceAccountToken])
            lab.kubelets = credential
            lab.endpoints = Self.lab.endpoints.map { endpoint in
                var endpoint = endpoint
                endpoint.credential = credential
                return endpoint
            }
            return ServerConfiguration(lab, in: environment)
        }
    }

    @Test("has each job's name once")
    func names() throws {
        let names = try ServerConfiguration(Self.lab, in: Fixtures.environment()).jobs().compactMap { $0["job_name"]?.string }
        #expect(Set(names).count == names.count)
        #expect(names.contains("updraft") && names.contains("updraft/1"))
    }

    @Test("asks the API by itself where the server can")
    func kubernetes() throws {
        let configuration = ServerConfiguration(Self.lab, in: Fixtures.environment(.kubernetes(Fixtures.access)))
        let discovery = try configuration.job("kubernetes-pods")?["kubernetes_sd_configs"]
        #expect(
            discovery == [
                [
                    "role": "pod", "api_server": "https://127.0.0.1:6443",
                    "tls_config": ["ca_file": "/lab/pki/ca.crt", "cert_file": "/lab/pki/prometheus.crt", "key_file": "/lab/pki/prometheus.key"],
                ]
            ])
    }

    private static func pod(_ name: String, annotations: [String: String], ports: [Int64], phase: String = "Running", ip: String = "127.1.0.9")
        -> KubeObject
    {
        var pod = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: "default", name: name)
        pod.annotations = annotations
        pod["spec"] = [
            "nodeName": "node-1",
            "containers": ports.isEmpty
                ? [["name": "silent"]] : .array(ports.map { ["name": .string("c\($0)"), "ports": [["containerPort": .integer($0)]]] }),
        ]
        pod["status"] = ["phase": .string(phase), "podIP": .string(ip)]
        return pod
    }

    @Test("scrapes the pods that are annotated, by their ports or by the annotated one")
    func annotations() throws {
        var snapshot = ClusterSnapshot()
        let scrape = "prometheus.io/scrape"
        snapshot.pods = [
            Self.pod("two-ports", annotations: [scrape: "true"], ports: [80, 81]),
            Self.pod(
                "named-port",
                annotations: [scrape: "true", "prometheus.io/port": "9000", "prometheus.io/path": "/stats", "prometheus.io/scheme": "https"],
                ports: [80, 81]),
            Self.pod("no-port", annotations: [scrape: "true", "prometheus.io/port": "7000"], ports: [], ip: "127.1.0.10"),
            Self.pod("six", annotations: [scrape: "true", "prometheus.io/port": "9000"], ports: [80], ip: "fd00::1"),
            Self.pod("bad-port", annotations: [scrape: "true", "prometheus.io/port": "x"], ports: [80]),
            Self.pod("not-annotated", annotations: [:], ports: [80]), Self.pod("refused", annotations: [scrape: "false"], ports: [80]),
            Self.pod("done", annotations: [scrape: "true"], ports: [80], phase: "Succeeded"),
            Self.pod("pending", annotations: [scrape: "true"], ports: [80], phase: "Pending", ip: ""),
        ]
        guard
            let targets = try CheckedConfiguration.targets(
                of: "kubernetes-pods", snapshot, { ServerConfiguration(LabTargets(scrapeInterval: .seconds(1)), in: $0) })
        else { return }
        let found = Set(
            targets.map { labels in
                ["pod", "container", "__scheme__", "__address__", "__metrics_path__"].map { labels[$0]?.string ?? "-" }.joined(separator: " ")
            })
        #expect(
            found == [
                "two-ports c80 http 127.1.0.9:80 /metrics", "two-ports c81 http 127.1.0.9:81 /metrics",
                "named-port - https 127.1.0.9:9000 /stats", "six - http [fd00::1]:9000 /metrics", "bad-port c80 http 127.1.0.9:80 /metrics",
                "no-port - http 127.1.0.10:7000 /metrics",
            ])
        #expect(targets.allSatisfy { $0["namespace"] == "default" && $0["node"] == "node-1" && $0["job"] == "kubernetes-pods" })
    }

    @Test("labels a kubelet as kube-prometheus does")
    func kubelet() throws {
        var snapshot = ClusterSnapshot()
        var node = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Node"), name: "node-1")
        node["status"] = [
            "addresses": [["type": "Hostname", "address": "host"], ["type": "InternalIP", "address": "127.1.0.2"]],
            "daemonEndpoints": ["kubeletEndpoint": ["Port": 10250]],
        ]
        snapshot.nodes = [node]
        let targets = try CheckedConfiguration.targets(of: "kubelet/cadvisor", snapshot) { environment in
            var lab = LabTargets(scrapeInterval: .seconds(1))
            lab.kubelets = ClientCredential(caFile: environment.files[ServerEnvironment.serviceAccountCA])
            return ServerConfiguration(lab, in: environment)
        }
        guard let targets else { return }
        let labels = try #require(targets.first)
        #expect(labels["job"] == "kubelet")
        #expect(labels["node"] == "node-1")
        #expect(labels["instance"] == "127.1.0.2:10250")
        #expect(labels["metrics_path"] == "/metrics/cadvisor")
        #expect(labels["__scheme__"] == "https")
    }
}
