// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import KubeCoding
import KubeModel
import KubeSchema
import MetricsAPI
import Testing

@testable import Commands

@Suite("The metrics server's manifests")
struct MetricsServerManifestTests {
    private static let variants = [
        MetricsServerManifest(), MetricsServerManifest(namespace: "metrics", replicas: 2, isHighlyAvailable: true),
        MetricsServerManifest(takesOver: true), MetricsServerManifest(hasAPIServices: false), ruled,
        askingPrometheus,
    ]
    private static let ruled = MetricsServerManifest(rules: .init(configMap: "metric-rules", prometheusURL: "http://prometheus:9090"))
    private static let askingPrometheus = MetricsServerManifest(rules: ruled.rules, usageSource: .prometheus)

    @Test("are what the API server's strict validation takes, in YAML and in JSON", arguments: variants.indices)
    func schema(_ index: Int) throws {
        let manifest = Self.variants[index]
        let fromYAML = try YAML.documents(in: ManifestFormat.yaml.text(of: manifest.objects))
        let fromJSON = try JSONValue.parse(ManifestFormat.json.text(of: manifest.objects))["items"]?.array
        #expect(fromYAML == manifest.objects.map { .object($0.json) })
        #expect(fromJSON == fromYAML)
        for document in fromYAML {
            let object = KubeObject(document.object ?? [:])
            #expect(throws: Never.self, "\(object.kind) \(object.name)") {
                try ObjectPipeline().decode(document, as: object.groupVersionKind, fieldValidation: .strict)
            }
        }
        let names = manifest.objects.map { "\($0.kind) \($0.namespacedName)" }
        #expect(Set(names).count == names.count)
    }

    private func object(_ kind: String, _ name: String, of manifest: MetricsServerManifest = MetricsServerManifest()) throws -> KubeObject {
        try #require(manifest.objects.first { $0.kind == kind && $0.name == name }, "\(kind) \(name)")
    }

    @Test("ask for no more rights than the server uses, and write by name only")
    func rights() throws {
        let rules = MetricsServerManifest().objects.filter { $0.kind.hasSuffix("Role") }.flatMap { role in
            (role["rules"]?.array ?? []).map { ($0, role) }
        }
        for (rule, role) in rules {
            let verbs = rule["verbs"]?.array?.compactMap(\.string) ?? []
            #expect(!verbs.contains("*") && rule["resources"]?.array?.contains("*") == false)
            guard !Set(verbs).isSubset(of: ["get", "list", "watch"]) else { continue }
            #expect(rule["resourceNames"]?.array?.isEmpty == false, "\(role.name) writes any of \(rule["resources"]?.encodedText ?? "")")
        }
        let secrets = try object("Role", "updraft-metrics-server-tls")["rules"]?.array
        #expect(secrets?.count == 1 && secrets?.first?["resourceNames"] == ["updraft-metrics-server-tls"])
    }

    @Test("run it as nobody, on a file system that it cannot write")
    func security() throws {
        let pod = try object("Deployment", "updraft-metrics-server").value(at: "spec", "template", "spec") ?? [:]
        let context = pod["containers"]?.array?.first?["securityContext"]
        #expect(context?["runAsNonRoot"] == true && context?["runAsUser"] == 65532 && context?["readOnlyRootFilesystem"] == true)
        #expect(context?["allowPrivilegeEscalation"] == false && context?.value(at: "capabilities", "drop") == ["ALL"])
        #expect(pod.value(at: "securityContext", "seccompProfile", "type") == "RuntimeDefault")
        #expect(pod["hostNetwork"] == nil && pod["volumes"]?.array?.count == 1)
    }

    @Test("leave to the server what it writes: the Secret's data and the caBundle")
    func written() throws {
        #expect(try object("Secret", "updraft-metrics-server-tls")["data"] == nil)
        for name in ServingSecretSettings.apiServices {
            let spec = try object("APIService", name).spec
            #expect(spec["caBundle"] == nil && spec["insecureSkipTLSVerify"] == nil)
            #expect(spec["service"] == ["namespace": "kube-system", "name": "updraft-metrics-server", "port": 443])
            let takenOver = try object("APIService", name, of: MetricsServerManifest(takesOver: true)).spec
            #expect(takenOver["insecureSkipTLSVerify"] == false, "what a former owner had set goes")
        }
        #expect(MetricsServerManifest(hasAPIServices: false).objects.allSatisfy { $0.kind != "APIService" })
    }

    @Test("with rules, the server is given them, and three APIServices more point to it, which it alone may write")
    func rules() throws {
        let pod = try object("Deployment", "updraft-metrics-server", of: Self.ruled).value(at: "spec", "template", "spec") ?? [:]
        let arguments = pod["containers"]?.array?.first?["args"]?.array?.compactMap(\.string) ?? []
        #expect(arguments.suffix(2) == ["--rules=/etc/updraft/rules/config.yaml", "--prometheus-url=http://prometheus:9090"])
        #expect(pod["volumes"]?.array?.last == ["name": "rules", "configMap": ["name": "metric-rules"]])
        let services = Self.ruled.objects.filter { $0.kind == "APIService" }
        #expect(services.map(\.name) == ServingSecretSettings.apiServices + ServingSecretSettings.ruledAPIServices)
        for service in services {
            #expect(service.name == "\(service.spec["version"]?.string ?? "").\(service.spec["group"]?.string ?? "")")
        }
        let written = try object("ClusterRole", "system:updraft-metrics-server", of: Self.ruled)["rules"]?.array?.first {
            $0["resources"] == ["apiservices"]
        }
        #expect(written?["resourceNames"]?.array?.compactMap(\.string) == services.map(\.name))
    }

    @Test("with usage from Prometheus, the server may read no kubelet and is told nothing about kubelets")
    func usageFromPrometheus() throws {
        let pod = try object("Deployment", "updraft-metrics-server", of: Self.askingPrometheus).value(at: "spec", "template", "spec") ?? [:]
        let arguments = pod["containers"]?.array?.first?["args"]?.array?.compactMap(\.string) ?? []
        #expect(arguments.last == "--usage-source=prometheus" && arguments.contains("--prometheus-url=http://prometheus:9090"))
        #expect(!arguments.contains { $0.contains("kubelet") || $0.contains("resolution") }, "\(arguments)")
        let resources = try object("ClusterRole", "system:updraft-metrics-server", of: Self.askingPrometheus)["rules"]?.array?.map { $0["resources"] }
        #expect(resources == [["pods", "nodes"], ["apiservices"], ["namespaces", "services"]])
        #expect(Self.askingPrometheus.command.hasSuffix(" --usage-source prometheus"))
    }

    @Test("APIServices that stay with others are not printed")
    func leftOut() {
        var manifest = Self.ruled
        manifest.leftOut = ["v1beta1.external.metrics.k8s.io"]
        let printed = manifest.objects.filter { $0.kind == "APIService" }
        #expect(printed.map(\.name) == Self.ruled.servingSettings.apiServices.filter { !$0.contains("external") })
        #expect(printed.last?.spec["versionPriority"] == 100 && printed[2].spec["versionPriority"] == 200)
    }

    @Test("--ha keeps the two on different nodes, and one of them while nodes are drained")
    func highlyAvailable() throws {
        let manifest = MetricsServerManifest(replicas: 2, isHighlyAvailable: true)
        let deployment = try object("Deployment", "updraft-metrics-server", of: manifest)
        let labels = deployment.value(at: "spec", "template", "metadata", "labels")?.stringMap ?? [:]
        let terms = deployment.value(
            at: "spec", "template", "spec", "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")?.array
        #expect(terms?.first?["topologyKey"] == "kubernetes.io/hostname")
        let selectors = [
            terms?.first?.value(at: "labelSelector", "matchLabels"), deployment.value(at: "spec", "selector", "matchLabels"),
            try object("Service", "updraft-metrics-server", of: manifest).spec["selector"],
            try object("PodDisruptionBudget", "updraft-metrics-server", of: manifest).spec.value(at: "selector", "matchLabels"),
        ]
        for selector in selectors {
            let wanted = try #require(selector?.stringMap)
            #expect(wanted.allSatisfy { labels[$0.key] == $0.value })
        }
        #expect(deployment.spec["replicas"] == 2)
    }

    @Test(
        "are refused where the command line makes no sense",
        arguments: [
            ["--usage-source", "prometheus"], ["--usage-source", "cadvisor", "--rules", "a", "--prometheus-url", "http://p"], ["--replicas", "0"],
            ["--ha", "--replicas", "1"], ["--namespace", "Not A Name"], ["-o", "xml"],
            ["--image", ""], ["--rules", "a"], ["--rules", "a", "--prometheus-url", "prometheus:9090"],
            ["--rules", "A B", "--prometheus-url", "http://p"],
        ])
    func usage(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try MetricsServerManifestsCommand.parse(arguments) }
    }

    @Test("the report's commands print what was to be printed")
    func repeated() {
        let rules = MetricsServerManifest.Rules(configMap: "adapter-config", prometheusURL: "http://prometheus-k8s.monitoring.svc:9090")
        let odd = MetricsServerManifest.Rules(configMap: "a", prometheusURL: "http://p:9090/x?a=1&b=it's")
        let manifests: [(MetricsServerManifest, String)] = [
            (MetricsServerManifest(), ""),
            (
                MetricsServerManifest(namespace: "monitoring", replicas: 2, isHighlyAvailable: true, rules: rules),
                " -n monitoring --ha --rules adapter-config --prometheus-url http://prometheus-k8s.monitoring.svc:9090"
            ),
            (
                MetricsServerManifest(image: "registry.example/updraft@sha256:0", replicas: 3, rules: odd),
                #" --replicas 3 --image registry.example/updraft@sha256:0 --rules a --prometheus-url 'http://p:9090/x?a=1&b=it'\''s'"#
            ),
        ]
        for (manifest, words) in manifests { #expect(manifest.command == "updraft manifests metrics-server" + words) }
    }

    @Test("a kubeconfig is found as kubectl finds it; one that cannot be used is an error, none is not")
    func cluster() throws {
        #expect(try ClusterToAsk.find(kubeconfig: nil, environment: [:], home: "/nonexistent") == nil)
        #expect(try ClusterToAsk.find(kubeconfig: nil, environment: ["KUBECONFIG": "/nonexistent/a:/nonexistent/b"], home: "/") == nil)
        let failure = #expect(throws: CommandFailure.self) {
            try ClusterToAsk.find(kubeconfig: "/nonexistent/config", environment: [:], home: "/nonexistent")
        }
        #expect(failure?.code == .unreachable && failure?.fix?.contains("--offline") == true)
    }
}
