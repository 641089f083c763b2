// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import PrometheusConfiguration
import Testing

/// Objects and surroundings that tests start from.
enum Fixtures {
    static let access = APIServerAccess(
        url: "https://127.0.0.1:6443",
        credential: ClientCredential(caFile: "/lab/pki/ca.crt", certificateFile: "/lab/pki/prometheus.crt", keyFile: "/lab/pki/prometheus.key"))

    static func environment(_ discovery: TargetDiscovery = .files(folder: "/lab/targets"), version: PrometheusVersion = .debian12)
        -> ServerEnvironment
    {
        var environment = ServerEnvironment(
            version: version, discovery: discovery, credentialsFolder: "/lab/credentials", rulesFolder: "/lab/rules")
        environment.files = [
            ServerEnvironment.serviceAccountToken: "/lab/pki/prometheus.token", ServerEnvironment.serviceAccountCA: "/lab/pki/ca.crt",
        ]
        return environment
    }

    /// Objects from YAML by their kinds: one Prometheus (selecting everything, if there is none), monitors, rules, namespaces and data.
    static func objects(_ yaml: String) throws -> MonitoringObjects {
        var objects = MonitoringObjects(prometheus: everything)
        for document in try YAML.documents(in: yaml) {
            let object = KubeObject(try #require(document.object))
            switch object.kind {
            case "Prometheus": objects.prometheus = object
            case "ServiceMonitor": objects.serviceMonitors.append(object)
            case "PodMonitor": objects.podMonitors.append(object)
            case "PrometheusRule": objects.rules.append(object)
            case "Namespace": objects.namespaces[object.name] = object.labels
            case "Secret": objects.data.secrets[object.namespacedName] = bytes(object["stringData"])
            case "ConfigMap": objects.data.configMaps[object.namespacedName] = bytes(object["data"])
            default: Issue.record("no place for a \(object.kind)")
            }
        }
        return objects
    }

    private static func bytes(_ data: JSONValue?) -> [String: [UInt8]] { (data?.stringMap ?? [:]).mapValues { Array($0.utf8) } }

    static let kind = GroupVersionKind(group: "monitoring.coreos.com", version: "v1", kind: "Prometheus")

    static func prometheus(_ spec: JSONValue) -> KubeObject {
        var prometheus = KubeObject(kind, namespace: "monitoring", name: "k8s")
        prometheus["spec"] = spec
        return prometheus
    }

    static let everything = prometheus([
        "serviceMonitorSelector": [:], "serviceMonitorNamespaceSelector": [:], "podMonitorSelector": [:], "podMonitorNamespaceSelector": [:],
        "ruleSelector": [:], "ruleNamespaceSelector": [:],
    ])

    static func object(_ kind: String, _ name: String, namespace: String = "shop", _ spec: JSONValue) -> KubeObject {
        var object = KubeObject(GroupVersionKind(group: "monitoring.coreos.com", version: "v1", kind: kind), namespace: namespace, name: name)
        object["spec"] = spec
        return object
    }

    /// A monitor that is right, unless `endpoint` isn't.
    static func serviceMonitor(_ name: String = "web", endpoint: JSONValue = ["port": "http"], _ spec: JSONObject = [:]) -> KubeObject {
        var spec = spec
        if spec["endpoints"] == nil { spec["endpoints"] = [endpoint] }
        if spec["selector"] == nil { spec["selector"] = ["matchLabels": ["app": "web"]] }
        return object("ServiceMonitor", name, .object(spec))
    }
}

extension MonitoringObjects {
    /// The monitors beside a Prometheus that takes all, with `spec` added to it.
    init(serviceMonitors: [KubeObject] = [], podMonitors: [KubeObject] = [], rules: [KubeObject] = [], spec: JSONObject = [:]) {
        var prometheus = Fixtures.everything
        for member in spec { prometheus.set(member.value, at: "spec", member.key) }
        self.init(prometheus: prometheus)
        self.serviceMonitors = serviceMonitors
        self.podMonitors = podMonitors
        self.rules = rules
    }
}

extension ServerConfiguration {
    /// Of a lab's own server, where nobody made a monitor.
    init(_ lab: LabTargets, in environment: ServerEnvironment) {
        let prometheus = lab.prometheus(NamespacedName(namespace: "kube-system", name: "lab"))
        self.init(MonitoringObjects(prometheus: prometheus), lab: lab, in: environment)
    }

    /// The file as YAML reads it.
    func read() throws -> JSONValue { try YAML.document(in: text) }

    func jobs() throws -> [JSONValue] { try read()["scrape_configs"]?.array ?? [] }

    func job(_ name: String) throws -> JSONValue? { try jobs().first { $0["job_name"]?.string == name } }

    var dropped: [String] { problems.filter { $0.consequence == .objectDropped }.map { "\($0.object)" } }
}
