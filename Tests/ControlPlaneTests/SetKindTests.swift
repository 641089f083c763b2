// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1
import Testing

@testable import ControlPlane

@Suite("StatefulSets and DaemonSets on the API server")
struct SetKindTests {
    private static let daemonSets = "/apis/apps/v1/namespaces/default/daemonsets"
    private static let statefulSets = "/apis/apps/v1/namespaces/default/statefulsets"

    static func set(_ name: String, _ spec: JSONObject = [:]) -> JSONValue {
        var all = spec
        all["selector"] = ["matchLabels": ["app": .string(name)]]
        all["template"] = ["metadata": ["labels": ["app": .string(name)]], "spec": ["containers": [["name": "main", "image": "podinfo"]]]]
        return ["metadata": ["name": .string(name)], "spec": .object(all)]
    }

    @Test("the templates of a DaemonSet are counted, and nobody else counts them")
    func templateGeneration() async throws {
        let harness = try await Harness()
        let made = try await harness.send(.POST, Self.daemonSets, Self.set("agent"))
        #expect(made.code == 201)
        let path = "\(Self.daemonSets)/agent"
        let annotation = "deprecated.daemonset.template.generation"
        func counts(_ patch: JSONValue) async throws -> [String?] {
            let reply = try await harness.patch(path, patch)
            return [reply.value(at: "metadata", "annotations", annotation)?.string, reply.value(at: "metadata", "generation")?.encodedText]
        }
        #expect(try await counts(["metadata": ["labels": ["a": "b"]]]) == ["1", "1"])
        #expect(try await counts(["spec": ["minReadySeconds": 3]]) == ["1", "2"])
        #expect(try await counts(["spec": ["template": ["metadata": ["labels": ["v": "2"]]]]]) == ["2", "3"])
        #expect(try await counts(["metadata": ["annotations": [annotation: "9"]]]) == ["2", "3"])
        let legacy = try await harness.send(.GET, "/apis/extensions/v1beta1/namespaces/default/daemonsets/agent")
        #expect(legacy.value(at: "spec", "templateGeneration") == 2)
    }

    @Test("a StatefulSet is scaled by its scale, in which autoscalers find its selector")
    func scale() async throws {
        let harness = try await Harness()
        #expect(try await harness.send(.POST, Self.statefulSets, Self.set("web", ["replicas": 2])).code == 201)
        let scale = try await harness.send(.GET, "\(Self.statefulSets)/web/scale")
        #expect(scale.value(at: "spec", "replicas") == 2)
        #expect(scale.value(at: "status", "selector") == "app=web")
        #expect(try await harness.patch("\(Self.statefulSets)/web/scale", ["spec": ["replicas": 5]]).code == 200)
        let set = try await harness.send(.GET, "\(Self.statefulSets)/web")
        #expect(set.value(at: "spec", "replicas") == 5)
        #expect(set.value(at: "metadata", "generation") == 2)
        #expect(set.value(at: "status") == ["availableReplicas": 0, "replicas": 0])
    }

    @Test("what may not change is refused in upstream's words")
    func immutable() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, Self.statefulSets, Self.set("web"))
        let refused = try await harness.patch("\(Self.statefulSets)/web", ["spec": ["serviceName": "other"]])
        #expect(refused.code == 422)
        #expect(refused.message.hasPrefix("StatefulSet.apps \"web\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than"))
        #expect(try await harness.send(.POST, Self.statefulSets, Self.set("a.b")).message.contains("metadata.name"), "pods are named after it")
        try await harness.send(.POST, Self.daemonSets, Self.set("agent"))
        let selector = try await harness.patch("\(Self.daemonSets)/agent", ["spec": ["selector": ["matchLabels": ["x": "y"]]]])
        #expect(selector.message.contains("spec.selector: Invalid value") && selector.message.contains("field is immutable"))
    }

    private func cells(_ columns: TableColumns, _ json: JSONValue) throws -> String {
        let object = KubeObject(try #require(json.object))
        #expect(columns.cells(object, Harness.now).count == columns.columns.count)
        return columns.cells(object, Harness.now).map { $0.string ?? $0.encodedText }.joined(separator: "|")
    }

    @Test("tables show what kubectl shows of upstream's")
    func tables() throws {
        let metadata: JSONValue = ["name": "web", "creationTimestamp": "2026-11-24T11:55:51Z"]
        var set = Self.set("web", ["replicas": 3])
        set["metadata"] = metadata
        set["status"] = ["readyReplicas": 2]
        #expect(try cells(.statefulSet, set) == "web|2/3|4m9s|main|podinfo")
        set["status"] = [
            "desiredNumberScheduled": 5, "currentNumberScheduled": 4, "numberReady": 3, "updatedNumberScheduled": 2, "numberAvailable": 1,
        ]
        #expect(try cells(.daemonSet, set) == "web|5|4|3|2|1|<none>|4m9s|main|podinfo|app=web")
        var revision: JSONValue = ["metadata": metadata, "revision": 7]
        #expect(try cells(.controllerRevision, revision) == "web|<none>|7|4m9s")
        revision["metadata"]?["ownerReferences"] = [["apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": "u", "controller": true]]
        #expect(try cells(.controllerRevision, revision) == "web|daemonset.apps/agent|7|4m9s")
        let claim: JSONValue = [
            "metadata": metadata, "spec": ["volumeName": "pv", "volumeMode": "Filesystem", "storageClassName": "local-path"],
            "status": ["phase": "Bound", "accessModes": ["ReadWriteMany", "ReadWriteOnce"], "capacity": ["storage": "1Gi"]],
        ]
        #expect(try cells(.persistentVolumeClaim, claim) == "web|Bound|pv|1Gi|RWO,RWX|local-path|<unset>|4m9s|Filesystem")
    }
}
