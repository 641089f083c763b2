// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import PrometheusConfiguration
import TestKit
import Testing

@testable import Monitoring

@Suite("The objects of a server")
struct ServerObjectTests {
    private static func prometheus(_ spec: JSONObject = [:]) -> KubeObject {
        var prometheus = KubeObject(MonitoringKind.prometheus.groupVersionKind, namespace: "monitoring", name: "k8s")
        prometheus["spec"] = .object(spec)
        return prometheus
    }

    private static func set(_ spec: JSONObject = [:], settings: ServerSettings = ServerSettings()) -> KubeObject {
        PrometheusPods(prometheus: prometheus(spec), settings: settings, folder: "/lab/k8s", targets: "/lab/targets", image: "image").statefulSet
    }

    @Test("a Prometheus object becomes a set whose pods Services of every age find")
    func labels() {
        let set = Self.set(["podMetadata": ["labels": ["team": "a", "prometheus": "mine"]]])
        #expect(set.name == "prometheus-k8s" && set.namespace == "monitoring")
        let labels = set.value(at: "spec", "template", "metadata", "labels")?.stringMap ?? [:]
        let selector = set.value(at: "spec", "selector", "matchLabels")?.stringMap ?? [:]
        #expect(labels["app"] == "prometheus" && labels["prometheus"] == "k8s" && labels["team"] == "a")
        #expect(selector.allSatisfy { labels[$0.key] == $0.value }, "what selects its pods cannot be overwritten")
        #expect(labels["app.kubernetes.io/name"] == "prometheus" && labels["app.kubernetes.io/instance"] == "k8s")
    }

    @Test("the pod is the service account's, listens on its own address alone, and reads what it is given")
    func pod() {
        var settings = ServerSettings()
        settings.flags["storage.tsdb.retention.time"] = "24h"
        let set = Self.set(["serviceAccountName": "prometheus-k8s", "resources": ["requests": ["memory": "400Mi"]]], settings: settings)
        let spec = set.value(at: "spec", "template", "spec")
        #expect(spec?["serviceAccountName"] == "prometheus-k8s")
        let container = spec?["containers"]?.array?.first
        let arguments = container?["args"]?.array?.compactMap(\.string) ?? []
        #expect(arguments.contains("--web.listen-address=$(POD_IP):9090") && arguments.contains("--storage.tsdb.retention.time=24h"))
        #expect(container?.value(at: "resources", "requests", "memory") == "400Mi")
        let volumes = spec?["volumes"]?.array ?? []
        #expect(volumes.first { $0["name"] == "config" }?.value(at: "hostPath", "path") == "/lab/k8s")
        #expect(volumes.first { $0["name"] == "prometheus-k8s-db" }?["emptyDir"] != nil)
        let mounts = container?["volumeMounts"]?.array ?? []
        #expect(mounts.filter { $0["readOnly"] == true }.count == 2 && mounts.count == 3)
    }

    @Test("a prefix of its paths is in its probe")
    func prefix() {
        var settings = ServerSettings()
        settings.flags["web.route-prefix"] = "/prom"
        let container = Self.set(settings: settings).value(at: "spec", "template", "spec", "containers")?.array?.first
        #expect(container?.value(at: "readinessProbe", "httpGet", "path") == "/prom/-/ready")
    }

    @Test("storage that is claimed is claimed for each pod")
    func storage() {
        let claim: JSONValue = ["spec": ["resources": ["requests": ["storage": "1Gi"]]]]
        let set = Self.set(["storage": ["volumeClaimTemplate": claim]])
        let template = set.spec["volumeClaimTemplates"]?.array?.first
        #expect(template?.value(at: "metadata", "name") == "prometheus-k8s-db")
        #expect(template?.value(at: "spec", "resources", "requests", "storage") == "1Gi")
        let volumes = set.value(at: "spec", "template", "spec", "volumes")?.array ?? []
        #expect(!volumes.contains { $0["name"] == "prometheus-k8s-db" })
    }

    @Test("kubelets are endpoints, one for each node that has an address")
    func kubelets() {
        let nodes = ["b", "a", "silent"].map { name in
            var node = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Node"), name: name)
            if name != "silent" { node["status"] = ["addresses": [["type": "InternalIP", "address": .string("127.1.0.\(name == "a" ? 1 : 2)")]]] }
            return node
        }
        let subset = KubeletService.endpoints(nodes)["subsets"]?.array?.first
        #expect(subset?["addresses"]?.array?.map { $0.value(at: "targetRef", "name")?.string } == ["a", "b"])
        #expect(subset?["ports"]?.array?.first?["port"] == 10250)
        #expect(KubeletService.endpoints([])["subsets"] == [])
    }

    @Test("this machine's address leads to the pod that is ready, or to none")
    func front() {
        #expect(FrontService.service(port: 9190).spec["externalIPs"] == ["127.0.0.1"])
        #expect(FrontService.slice(nil)["endpoints"] == [])
        var pod = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: "monitoring", name: "prometheus-k8s-0")
        pod["status"] = ["podIP": "127.1.2.3"]
        #expect(FrontService.slice(pod)["endpoints"]?.array?.first?["addresses"] == ["127.1.2.3"])
    }

    @Test("conditions keep their time while they hold, and name what is against them")
    func conditions() {
        var pod = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: "monitoring", name: "p")
        pod["status"] = ["conditions": [["type": "Ready", "status": "True"]]]
        let first = PrometheusStatus(pod: pod, problem: nil).conditions(before: [], generation: 1, now: Timestamp(seconds: 100))
        #expect(first.allSatisfy { $0["status"] == "True" })
        let second = PrometheusStatus(pod: pod, problem: "no").conditions(before: first, generation: 2, now: Timestamp(seconds: 200))
        #expect(second[0]["lastTransitionTime"] == first[0]["lastTransitionTime"] && second[0]["status"] == "True")
        #expect(second[1]["status"] == "False" && second[1]["message"] == "no")
        #expect(second[1]["lastTransitionTime"]?.timestamp == Timestamp(seconds: 200))
        let none = PrometheusStatus(pod: nil, problem: "there is no prometheus").conditions(before: [], generation: 1, now: Timestamp(seconds: 1))
        #expect(none.allSatisfy { $0["status"] == "False" && $0["message"] == "there is no prometheus" })
    }
}

@Suite("A server's files")
struct ConfigurationFolderTests {
    private func scratch() -> String { NSTemporaryDirectory() + "updraft-monitoring-\(UUID().uuidString)" }

    @Test("are written once, replaced when they change, removed when they are no longer asked for; secrets are the owner's alone")
    func files() throws {
        let path = scratch()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = ConfigurationFolder(path: path)
        let first: [String: [UInt8]] = ["prometheus.yml": [1], "credentials/a/token": [0xFF, 0]]
        #expect(try folder.write(first, folders: ["rules"]))
        #expect(try !folder.write(first, folders: ["rules"]), "nothing changed")
        #expect(FileManager.default.contents(atPath: path + "/credentials/a/token").map { Array($0) } == [0xFF, 0])
        let mode = try FileManager.default.attributesOfItem(atPath: path + "/credentials/a/token")[.posixPermissions] as? Int
        #expect(mode == 0o600)
        var isFolder: ObjCBool = false
        #expect(FileManager.default.fileExists(atPath: path + "/rules", isDirectory: &isFolder) && isFolder.boolValue)
        #expect(try folder.write(["prometheus.yml": [2]]))
        #expect(!FileManager.default.fileExists(atPath: path + "/credentials/a/token"))
        #expect(FileManager.default.contents(atPath: path + "/prometheus.yml").map { Array($0) } == [2])
    }

    @Test("what cannot be written is told with its path")
    func unwritable() throws {
        let path = scratch()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data().write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: (any Error).self) { try ConfigurationFolder(path: path + "/below").write(["a": [1]]) }
        #expect("\(try #require(error))".contains(path))
    }

    @Test("rules that Prometheus would refuse are found, each checked once")
    func rules() async throws {
        guard let promtool = Promtool.find(orFail: { Issue.record("\($0)") }) else { return }
        let check = RuleCheck(promtool: promtool, scratch: scratch())
        let good = "groups: [{name: a, rules: [{record: x, expr: sum(up)}]}]"
        let bad = "groups: [{name: a, rules: [{record: x, expr: sum(up}]}]"
        let problems = await check.problems(["good.yaml": Array(good.utf8), "bad.yaml": Array(bad.utf8)])
        #expect(problems.keys.sorted() == ["bad.yaml"])
        #expect(problems["bad.yaml"]?.contains("parse") == true, "\(problems)")
    }
}
