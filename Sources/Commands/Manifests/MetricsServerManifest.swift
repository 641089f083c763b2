// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricsAPI

/// The objects that install the metrics server.
///
/// All have a name of their own, so that it can run beside another metrics server before it takes its place, and be removed without taking
/// anything of the other along.
/// - Source: roles, arguments, probes and strategy: metrics-server v0.9.0 manifests; charts/updraft prints the same objects.
struct MetricsServerManifest: Sendable {
    var namespace = "kube-system"
    var image = Self.defaultImage
    var replicas = 1
    /// On different nodes, and of which one stays while nodes are drained.
    var isHighlyAvailable = false
    /// Says explicitly what takes the place of an APIService's former settings.
    var takesOver = false
    var hasAPIServices = true
    /// nil for nothing but `metrics.k8s.io`.
    var rules: Rules?
    /// `prometheus` needs rules.
    var usageSource = UsageSource.kubelets
    /// APIServices that stay with others.
    var leftOut: Set<String> = []

    /// Where metrics by rules come from.
    struct Rules: Sendable {
        /// In the server's namespace; the rules are its `config.yaml`.
        var configMap: String
        var prometheusURL: String

        static let key = "config.yaml"
    }

    static let name = "updraft-metrics-server"
    static let secretName = "updraft-metrics-server-tls"
    static let defaultImage = "ghcr.io/updraft/updraft:\(Version.text)"

    var servingSettings: ServingSecretSettings {
        var settings = ServingSecretSettings(
            secret: NamespacedName(namespace: namespace, name: Self.secretName), service: NamespacedName(namespace: namespace, name: Self.name))
        if rules != nil { settings.apiServices += ServingSecretSettings.ruledAPIServices }
        return settings
    }

    /// What prints this, but for whether and how APIServices are among it.
    var command: String {
        var words = ["updraft manifests metrics-server"]
        if namespace != "kube-system" { words.append("-n \(namespace)") }
        if isHighlyAvailable { words.append("--ha") }
        if replicas != (isHighlyAvailable ? 2 : 1) { words.append("--replicas \(replicas)") }
        if image != Self.defaultImage { words.append("--image \(Self.quoted(image))") }
        if let rules { words.append("--rules \(rules.configMap) --prometheus-url \(Self.quoted(rules.prometheusURL))") }
        if usageSource != .kubelets { words.append("--usage-source \(usageSource)") }
        return words.joined(separator: " ")
    }

    /// For a shell.
    private static func quoted(_ text: String) -> String {
        text.wholeMatch(of: /[-\w.,:\/@]+/.asciiOnlyWordCharacters()) != nil ? text : "'\(text.replacing("'", with: #"'\''"#))'"
    }

    /// In the order in which they are to be made.
    var objects: [KubeObject] {
        let budget = isHighlyAvailable ? [disruptionBudget] : []
        return [serviceAccount] + roles + [servingSecret, service, deployment] + budget + (hasAPIServices ? apiServices : [])
    }

    static let selector = ["app.kubernetes.io/name": "metrics-server", "app.kubernetes.io/instance": name]
    static let labels = selector.merging(["app.kubernetes.io/part-of": "updraft", "app.kubernetes.io/version": Version.text]) { $1 }

    func object(_ apiVersion: String, _ kind: String, _ name: String = Self.name, in namespace: String? = nil) -> KubeObject {
        var object = KubeObject(GroupVersionKind(apiVersion: apiVersion, kind: kind), namespace: namespace, name: name)
        object.labels = Self.labels
        return object
    }

    private var serviceAccount: KubeObject { object("v1", "ServiceAccount", in: namespace) }

    /// Without data: a later apply then leaves alone what the server wrote.
    private var servingSecret: KubeObject {
        var secret = object("v1", "Secret", Self.secretName, in: namespace)
        secret["type"] = "Opaque"
        return secret
    }

    private var service: KubeObject {
        var service = object("v1", "Service", in: namespace)
        service["spec"] = [
            "selector": JSONValue(Self.selector),
            "ports": [["name": "https", "port": 443, "protocol": "TCP", "targetPort": "https", "appProtocol": "https"]],
        ]
        return service
    }

    private var disruptionBudget: KubeObject {
        var budget = object("policy/v1", "PodDisruptionBudget", in: namespace)
        budget["spec"] = ["minAvailable": 1, "selector": ["matchLabels": JSONValue(Self.selector)]]
        return budget
    }

    /// Without a `caBundle`, which the server fills in. Of `metrics.k8s.io`, `v1` comes second, so that clients that take the preferred version
    /// see no change.
    private var apiServices: [KubeObject] {
        zip(servingSettings.apiServices, [100, 90, 200, 100, 100]).filter { !leftOut.contains($0.0) }.map { name, priority in
            var apiService = object("apiregistration.k8s.io/v1", "APIService", name)
            let version = name.prefix { $0 != "." }
            var spec: JSONObject = [
                "group": .string(String(name.dropFirst(version.count + 1))), "version": .string(String(version)), "groupPriorityMinimum": 100,
                "versionPriority": JSONValue(priority), "service": ["namespace": .string(namespace), "name": .string(Self.name), "port": 443],
            ]
            // An apply removes only what an earlier apply had put there.
            if takesOver { spec["insecureSkipTLSVerify"] = false }
            apiService["spec"] = .object(spec)
            return apiService
        }
    }
}
