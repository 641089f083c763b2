// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import KubeSchema
import Testing

enum HelmChart { static let path = "\(Tool.repository)/charts/updraft" }

extension EndToEnd {
    @Suite("the Helm chart", .serialized)
    struct HelmChartTests {
        private func template(_ values: String = "{}", release: String = "updraft-metrics-server") async throws -> ToolResult {
            let helm = try Tool.require(Tool.helm, "helm")
            let file = NSTemporaryDirectory() + "updraft-values-\(UUID().uuidString).yaml"
            try values.write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            return try await Tool.run(helm, ["template", release, HelmChart.path, "--namespace", "kube-system", "--values", file])
        }

        private func objects(_ values: String = "{}", release: String = "updraft-metrics-server") async throws -> [String: KubeObject] {
            let result = try await template(values, release: release)
            try #require(result.status == 0, "\(result.text)")
            return try byName(result.output)
        }

        private func byName(_ yaml: String) throws -> [String: KubeObject] {
            let objects = try YAML.documents(in: yaml).map { KubeObject($0.object ?? [:]) }
            return Dictionary(uniqueKeysWithValues: objects.map { ("\($0.kind) \($0.namespacedName)", $0) })
        }

        private func container(_ objects: [String: KubeObject], _ name: String = "updraft-metrics-server") throws -> JSONValue {
            let deployment = try #require(objects["Deployment kube-system/\(name)"])
            return try #require(deployment.value(at: "spec", "template", "spec", "containers")?.array?.first)
        }

        @Test("passes helm's own checks")
        func lint() async throws {
            let result = try await Tool.run(try Tool.require(Tool.helm, "helm"), ["lint", "--strict", HelmChart.path])
            #expect(result.status == 0, "\(result.text)")
        }

        private static let highlyAvailable = """
            replicas: 2
            podDisruptionBudget: {enabled: true, minAvailable: 1}
            affinity:
              podAntiAffinity:
                requiredDuringSchedulingIgnoredDuringExecution:
                - topologyKey: kubernetes.io/hostname
                  labelSelector:
                    matchLabels: {app.kubernetes.io/name: metrics-server, app.kubernetes.io/instance: updraft-metrics-server}
            """
        private static let rules = "rules: {configMap: adapter-config, prometheusUrl: 'http://prometheus:9090/x?a=b'}"
        private static let ruleFlags = ["--rules", "adapter-config", "--prometheus-url", "http://prometheus:9090/x?a=b"]

        @Test(
            "makes what updraft manifests prints, but for labels",
            arguments: [
                ([], "{}"), (["--ha"], highlyAvailable), (ruleFlags, rules),
                (ruleFlags + ["--usage-source", "prometheus"], rules + "\nusageSource: prometheus"),
            ])
        func sameAsManifests(flags: [String], values: String) async throws {
            let printed = try await Tool.run(Tool.updraft, ["manifests", "metrics-server", "--offline"] + flags)
            let (ours, chart) = (try byName(printed.output), try await objects(values))
            #expect(Set(ours.keys) == Set(chart.keys))
            for (name, object) in ours {
                func comparable(_ object: KubeObject?) -> KubeObject? {
                    var object = object
                    object?.labels = [:]
                    if object?.kind == "Deployment" { object?.set(nil, at: "spec", "template", "metadata") }
                    return object
                }
                #expect(comparable(object) == comparable(chart[name]), "\(name)")
            }
        }

        @Test(
            "prints only what the API server's strict validation takes",
            arguments: [
                "{}", "tls: {type: helm}", "tls: {type: existingSecret, existingSecret: {name: mine}}",
                "replicas: 3\nupdateStrategy: {type: Recreate}\npodDisruptionBudget: {enabled: true, maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow}",
                "usageSource: prometheus\nrules: {configMap: adapter-config, prometheusUrl: 'http://p:9090'}\napiService: {insecureSkipTLSVerify: true}",
                "hostNetwork: {enabled: true}\ncontainerPort: 4443\nhostUsers: false\nschedulerName: other\ndnsConfig: {nameservers: [10.0.0.10]}",
                "tolerations: [{operator: Exists}]\npodLabels: {a: b}\npodAnnotations: {c: d}\ncommonLabels: {e: f}\nimagePullSecrets: [{name: pull}]",
                "extraVolumes: [{name: x, emptyDir: {}}]\nextraVolumeMounts: [{name: x, mountPath: /x}]\ntmpVolume: {emptyDir: {medium: Memory}}",
                "topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]\nrevisionHistoryLimit: 3",
                "serviceAccount: {annotations: {a: b}, secrets: [{name: s}]}\nservice: {type: NodePort, port: 8443, labels: {a: b}, annotations: {c: d}}",
            ])
        func schema(_ values: String) async throws {
            for object in try await objects(values).values {
                #expect(throws: Never.self, "\(object.kind) \(object.name)") {
                    try ObjectPipeline().decode(.object(object.json), as: object.groupVersionKind, fieldValidation: .strict)
                }
            }
        }

        @Test("takes a values file that was written for metrics-server's chart")
        func upstreamValues() async throws {
            let objects = try await objects(
                """
                args: [--kubelet-insecure-tls, "--metric-resolution={{ 10 }}s"]
                apiService: {insecureSkipTLSVerify: true}
                metrics: {enabled: true}
                serviceMonitor: {enabled: true, additionalLabels: {release: prometheus}}
                tls: {type: cert-manager, certManager: {existingIssuer: {enabled: true, kind: ClusterIssuer, name: corporate}}}
                """, release: "metrics-server")
            let arguments = try container(objects, "metrics-server")["args"]?.array?.compactMap(\.string) ?? []
            #expect(arguments.first == "metrics-server")
            #expect(Array(arguments.suffix(2)) == ["--kubelet-insecure-tls", "--metric-resolution=10s"], "the user's come last")
            #expect(arguments.contains("--patch-api-services=false"))
            #expect(arguments.contains("--authorization-always-allow-paths=/healthz,/readyz,/livez,/metrics"))
            #expect(objects["APIService v1beta1.metrics.k8s.io"]?.spec["insecureSkipTLSVerify"] == true)
            #expect(objects["Certificate kube-system/metrics-server"]?.spec["issuerRef"] == ["kind": "ClusterIssuer", "name": "corporate"])
            #expect(objects["Certificate kube-system/metrics-server"]?.spec["secretName"] == "metrics-server-tls")
            #expect(objects["ServiceMonitor kube-system/metrics-server"]?.labels["release"] == "prometheus")
            let rules = objects["Role kube-system/metrics-server-tls"]?["rules"]?.array
            #expect(rules?.first?["verbs"] == ["get", "list", "watch"], "the Secret is cert-manager's to write")
        }

        @Test("has the alerts that updraft manifests prints")
        func alerts() async throws {
            let printed = try byName(try await Tool.run(Tool.updraft, ["manifests", "alerts"]).output)
            let chart = try await objects("prometheusRule: {enabled: true, additionalLabels: {role: alert-rules}}")
            let rule = try #require(chart["PrometheusRule kube-system/updraft-metrics-server"])
            #expect(rule.spec == printed["PrometheusRule kube-system/updraft-alerts"]?.spec)
            #expect(rule.labels["role"] == "alert-rules")
        }

        @Test(
            "refuses values that mean something else here, and says why",
            arguments: [
                ("addonResizer: {enabled: true}", "addonResizer.enabled"), ("rbac: {pspEnabled: true}", "rbac.pspEnabled"),
                ("image: {repository: registry.k8s.io/metrics-server/metrics-server}", "image.repository"), ("tls: {type: magic}", "tls.type"),
                ("usageSource: prometheus", "rules.configMap"), ("usageSource: cadvisor", "usageSource"),
                ("rules: {configMap: adapter-config}", "rules.prometheusUrl"), ("tls: {type: existingSecret}", "tls.existingSecret.name"),
                ("apiService: {caBundle: x, insecureSkipTLSVerify: true}", "apiService.caBundle"),
                ("podDisruptionBudget: {enabled: true, minAvailable: 1, maxUnavailable: 1}", "podDisruptionBudget"),
            ])
        func refused(values: String, name: String) async throws {
            let result = try await template(values)
            #expect(result.status != 0 && result.errors.contains(name), "\(result.text)")
        }
    }
}
