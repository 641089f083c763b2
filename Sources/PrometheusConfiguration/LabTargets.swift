// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a lab's own server scrapes beside what monitors ask for: the lab, its nodes, and the pods that ask for it by annotation.
///
/// Labels are called as kube-prometheus calls them, so that its rules and dashboards, and adapters' queries, find them.
package struct LabTargets: Sendable, Hashable {
    /// In whole milliseconds.
    package var scrapeInterval: Duration
    /// Of the API server and of everything else with an address of its own.
    package var endpoints: [MetricsEndpoint] = []
    /// By which kubelets are asked; nil where none are.
    package var kubelets: ClientCredential?
    /// Those whose names Prometheus doesn't take are left out.
    package var externalLabels: [String: String] = [:]

    package init(scrapeInterval: Duration) { self.scrapeInterval = scrapeInterval }
}

/// Something that serves metrics at an address which doesn't change.
package struct MetricsEndpoint: Sendable, Hashable {
    /// The label `job`, and the job's name.
    package var job: String
    /// `127.0.0.1:6443`.
    package var address: String
    package var isSecure: Bool
    package var path: String
    package var credential: ClientCredential
    /// Those whose names Prometheus doesn't take are left out.
    package var labels: [String: String]

    package init(
        job: String, address: String, isSecure: Bool, path: String = "/metrics", credential: ClientCredential = ClientCredential(),
        labels: [String: String] = [:]
    ) {
        self.job = job
        self.address = address
        self.isSecure = isSecure
        self.path = path
        self.credential = credential
        self.labels = labels
    }

    /// With the labels of kube-prometheus' own monitor, which finds it by the Service `kubernetes`.
    package static func apiServer(address: String, credential: ClientCredential) -> MetricsEndpoint {
        MetricsEndpoint(
            job: "apiserver", address: address, isSecure: true, credential: credential,
            labels: ["namespace": "default", "service": "kubernetes", "endpoint": "https"])
    }
}

extension LabTargets {
    /// What the lab's own server is, as a Prometheus object: it takes every monitor and rule there is.
    /// - Parameter name: The server's; its service account has the same name.
    package func prometheus(_ name: NamespacedName) -> KubeObject {
        var prometheus = KubeObject(
            GroupVersionKind(group: "monitoring.coreos.com", version: "v1", kind: "Prometheus"), namespace: name.namespace, name: name.name)
        var spec: JSONObject = [
            "scrapeInterval": .string(intervalText), "evaluationInterval": .string(intervalText), "externalLabels": JSONValue(externalLabels),
            "prometheusExternalLabelName": "", "replicaExternalLabelName": "", "serviceAccountName": .string("prometheus-\(name.name)"),
        ]
        for kind in ["serviceMonitor", "podMonitor", "rule"] {
            spec["\(kind)Selector"] = [:]
            spec["\(kind)NamespaceSelector"] = [:]
        }
        prometheus["spec"] = .object(spec)
        return prometheus
    }

    /// What is scraped beside what monitors ask for.
    func jobs(_ discovery: TargetDiscovery) -> [JSONObject] { endpointJobs + kubeletJobs(discovery) + [LabTargets.podJob(discovery)] }
}

extension LabTargets {
    fileprivate var intervalText: String {
        let (seconds, attoseconds) = scrapeInterval.components
        return attoseconds == 0 && seconds > 0 ? "\(seconds)s" : "\(max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000))ms"
    }

    /// One job for each endpoint, whatever their labels say.
    fileprivate var endpointJobs: [JSONObject] {
        var counts: [String: Int] = [:]
        return endpoints.map { endpoint in
            let number = counts[endpoint.job, default: 0]
            counts[endpoint.job] = number + 1
            let labels = endpoint.labels.filter { LabelName.isValid($0.key) }.merging(["job": endpoint.job]) { $1 }
            var job: JSONObject = [
                "job_name": .string(number == 0 ? endpoint.job : "\(endpoint.job)/\(number)"), "metrics_path": .string(endpoint.path),
                "scheme": endpoint.isSecure ? "https" : "http",
                "static_configs": [["targets": [.string(endpoint.address)], "labels": JSONValue(labels)]],
            ]
            endpoint.credential.add(to: &job)
            return job
        }
    }

    /// The kubelets' own metrics, and those of containers twice: as cAdvisor counts them, and as metrics servers read them.
    fileprivate func kubeletJobs(_ discovery: TargetDiscovery) -> [JSONObject] {
        guard let kubelets else { return [] }
        let paths = [("kubelet", "/metrics"), ("kubelet/cadvisor", "/metrics/cadvisor"), ("kubelet/resource", "/metrics/resource")]
        return paths.map { name, path in
            let rules: [RelabelRule] = [
                .set("job", to: "kubelet"), .copy("__meta_kubernetes_node_name", to: "node"), .copy("__metrics_path__", to: "metrics_path"),
                // Discovery makes the node's name of it, which is in another label here.
                .copy("__address__", to: "instance"),
            ]
            var job: JSONObject = [
                "job_name": .string(name), "metrics_path": .string(path), "scheme": "https", "honor_labels": true,
                "relabel_configs": .array(rules.map(\.json)),
            ]
            if path == "/metrics/resource" { job["metric_relabel_configs"] = .array(Self.resourceRules.map(\.json)) }
            // Series with times of their own would outlive their containers by five minutes.
            if path != "/metrics" { job["honor_timestamps"] = false }
            kubelets.add(to: &job)
            discovery.add(DiscoveryQuery(role: .node), to: &job)
            return job
        }
    }

    /// cAdvisor has these series too, and sums over both would be twice the truth.
    private static let resourceRules: [RelabelRule] = [
        .drop("__name__", matching: "container_(cpu_usage_seconds_total|memory_working_set_bytes|start_time_seconds)")
    ]

    private static let annotation = "__meta_kubernetes_pod_annotation_prometheus_io_"

    /// Pods with the annotation `prometheus.io/scrape: "true"`: each port they declare, or the one in `prometheus.io/port` alone.
    fileprivate static func podJob(_ discovery: TargetDiscovery) -> JSONObject {
        let rules: [RelabelRule] = [
            .keep(annotation + "scrape", matching: "true"), .drop("__meta_kubernetes_pod_phase", matching: "(Failed|Succeeded)"),
            .drop("__meta_kubernetes_pod_container_init", matching: "true"),
            // A pod that is not up yet has no address.
            .keep("__meta_kubernetes_pod_ip", matching: ".+"),
            RelabelRule(sourceLabels: [annotation + "scheme"], regex: "(https?)", targetLabel: "__scheme__", replacement: "${1}"),
            .copyPresent(annotation + "path", to: "__metrics_path__"),
            .copy("__meta_kubernetes_namespace", to: "namespace"), .copy("__meta_kubernetes_pod_name", to: "pod"),
            .copy("__meta_kubernetes_pod_node_name", to: "node"), .copy("__meta_kubernetes_pod_container_name", to: "container"),
        ]
        var job: JSONObject = ["job_name": "kubernetes-pods", "relabel_configs": .array((rules + portRules).map(\.json))]
        discovery.add(DiscoveryQuery(role: .pod), to: &job)
        return job
    }

    /// All of a pod's targets become one where the annotation names the port, and then they may not differ in their container.
    private static let portRules: [RelabelRule] = [
        RelabelRule(sourceLabels: [annotation + "port"], regex: "[0-9]+", targetLabel: "container", replacement: ""),
        RelabelRule(
            sourceLabels: ["__meta_kubernetes_pod_ip", annotation + "port"], regex: "([^:]+);([0-9]+)", targetLabel: "__address__",
            replacement: "${1}:${2}"),
        RelabelRule(
            sourceLabels: ["__meta_kubernetes_pod_ip", annotation + "port"], regex: "(.*:.*);([0-9]+)", targetLabel: "__address__",
            replacement: "[${1}]:${2}"),
    ]
}
