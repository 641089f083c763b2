// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import PrometheusConfiguration

/// Where a server's pod finds what it is given.
enum PodPaths {
    /// `prometheus.yml`, and the folders `rules` and `credentials`.
    static let configuration = "/etc/prometheus/config_out"
    /// Target files, the same for all servers.
    static let targets = "/etc/prometheus/targets"
    static let storage = "/var/lib/prometheus"

    static func environment(_ version: PrometheusVersion) -> ServerEnvironment {
        var environment = ServerEnvironment(
            version: version, discovery: .files(folder: targets), credentialsFolder: "\(configuration)/credentials",
            rulesFolder: "\(configuration)/rules")
        // The pod has its service account's files where any pod has them.
        for path in [ServerEnvironment.serviceAccountToken, ServerEnvironment.serviceAccountCA] { environment.files[path] = path }
        return environment
    }
}

/// The objects by which a Prometheus object becomes a pod: what prometheus-operator makes of it, in the lab's measure. Pure.
///
/// - Source: names, labels and annotations of prometheus-operator pkg/prometheus/server/statefulset.go
struct PrometheusPods {
    let prometheus: KubeObject
    let settings: ServerSettings
    /// On the host: the server's own, and that of all.
    let folder: String
    let targets: String
    let image: String

    static let port = 9090
    static let governingService = "prometheus-operated"

    static func setName(_ prometheus: KubeObject) -> String { "prometheus-\(prometheus.name)" }

    /// What its pods, and nobody else's, are labelled with.
    static func selector(_ prometheus: KubeObject) -> [String: String] {
        [
            "app.kubernetes.io/name": "prometheus", "app.kubernetes.io/instance": prometheus.name,
            "app.kubernetes.io/managed-by": "prometheus-operator", "operator.prometheus.io/name": prometheus.name,
            "operator.prometheus.io/shard": "0", "prometheus": prometheus.name,
        ]
    }

    var statefulSet: KubeObject {
        let name = Self.setName(prometheus)
        var set = KubeObject(GroupVersionKind(group: "apps", version: "v1", kind: "StatefulSet"), namespace: prometheus.namespace, name: name)
        let selector = Self.selector(prometheus)
        set.labels = selector
        let metadata = prometheus.spec["podMetadata"]
        // `app` is what manifests before 2020 select by.
        let labels = (metadata?["labels"]?.stringMap ?? [:]).merging(["app": "prometheus"]) { own, _ in own }.merging(selector) { $1 }
        var spec: JSONObject = [
            "replicas": 1, "serviceName": .string(Self.governingService), "podManagementPolicy": "Parallel",
            "selector": ["matchLabels": JSONValue(selector)],
            "template": [
                "metadata": ["labels": JSONValue(labels), "annotations": JSONValue(metadata?["annotations"]?.stringMap ?? [:])],
                "spec": .object(podSpec),
            ],
        ]
        if let claim = storageClaim { spec["volumeClaimTemplates"] = [claim] }
        set["spec"] = .object(spec)
        return set
    }

    private var podSpec: JSONObject {
        var container: JSONObject = [
            "name": "prometheus", "image": .string(image), "args": JSONValue(arguments),
            "ports": [["name": "web", "containerPort": JSONValue(Self.port)]],
            "readinessProbe": [
                "httpGet": ["path": .string(Self.path("/-/ready", settings)), "port": "web"], "periodSeconds": 1, "failureThreshold": 5,
            ],
            "volumeMounts": [
                ["name": "config", "mountPath": .string(PodPaths.configuration), "readOnly": true],
                ["name": "targets", "mountPath": .string(PodPaths.targets), "readOnly": true],
                ["name": .string(storageName), "mountPath": .string(PodPaths.storage)],
            ],
        ]
        container["resources"] = prometheus.spec["resources"]
        var volumes: [JSONValue] = [
            ["name": "config", "hostPath": ["path": .string(folder), "type": "Directory"]],
            ["name": "targets", "hostPath": ["path": .string(targets), "type": "Directory"]],
        ]
        if storageClaim == nil { volumes.append(["name": .string(storageName), "emptyDir": [:]]) }
        var spec: JSONObject = ["containers": [.object(container)], "volumes": .array(volumes), "terminationGracePeriodSeconds": 30]
        for field in ["nodeSelector", "tolerations", "affinity", "priorityClassName"] { spec[field] = prometheus.spec[field] }
        spec["serviceAccountName"] = prometheus.spec["serviceAccountName"] ?? "default"
        return spec
    }

    /// A claim's volume outlives the pod, also the set.
    private var storageClaim: JSONValue? {
        guard var claim = prometheus.spec["storage"]?["volumeClaimTemplate"], claim["spec"] != nil else { return nil }
        claim["metadata"] = .object((claim["metadata"]?.object ?? [:]).merged(with: ["name": .string(storageName)]) { $1.value })
        return claim
    }

    private var storageName: String { "prometheus-\(prometheus.name)-db" }

    private var arguments: [String] {
        [
            "--config.file=\(PodPaths.configuration)/prometheus.yml", "--storage.tsdb.path=\(PodPaths.storage)",
            "--web.listen-address=$(POD_IP):\(Self.port)",
            // Reloads are asked for over HTTP, as the operator's reloader does.
            "--web.enable-lifecycle",
            // What is found is scraped at once, and not after five seconds.
            "--scrape.discovery-reload-interval=1s",
        ] + settings.arguments
    }

    /// A path of the server's own, below its prefix.
    static func path(_ path: String, _ settings: ServerSettings) -> String {
        settings.routePrefix == "/" ? path : settings.routePrefix + path
    }

    /// The Service of each pod's own name, for all servers of a namespace.
    static func governingService(_ servers: [KubeObject]) -> KubeObject {
        var service = KubeObject(
            GroupVersionKind(group: "", version: "v1", kind: "Service"), namespace: servers.first?.namespace ?? "", name: governingService)
        service.labels = ["operated-prometheus": "true"]
        service["spec"] = [
            "clusterIP": "None", "ports": [["name": "web", "port": JSONValue(port), "targetPort": "web"]],
            "selector": ["app.kubernetes.io/name": "prometheus", "app.kubernetes.io/managed-by": "prometheus-operator"],
        ]
        return service
    }
}
