// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

@testable import ControlPlane

/// StatefulSets, DaemonSets, nodes and pods as the rules see them, at a time that stands still.
enum SetSamples {
    static let now = Timestamp(seconds: 1_800_000_000)

    static func object(_ kind: String, _ name: String, _ spec: JSONObject, _ change: (inout KubeObject) -> Void = { _ in }) -> KubeObject {
        var object = KubeObject(GroupVersionKind(group: "apps", version: "v1", kind: kind), namespace: "shop", name: name)
        object.set(.string("uid-\(name)"), at: "metadata", "uid")
        object.set(3, at: "metadata", "generation")
        var spec = spec
        spec["selector"] = ["matchLabels": ["app": .string(name)]]
        spec["template"] = ["metadata": ["labels": ["app": .string(name)]], "spec": ["containers": [["name": "main", "image": "podinfo"]]]]
        object["spec"] = .object(spec)
        change(&object)
        return object
    }

    static func statefulSet(_ replicas: Int64 = 3, _ change: (inout KubeObject) -> Void = { _ in }) -> StatefulSet {
        let spec: JSONObject = [
            "replicas": .integer(replicas), "serviceName": "peers", "podManagementPolicy": "OrderedReady",
            "updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]],
        ]
        return StatefulSet(object("StatefulSet", "web", spec, change))
    }

    static func daemonSet(_ change: (inout KubeObject) -> Void = { _ in }) -> DaemonSet {
        let spec: JSONObject = ["updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 1, "maxSurge": 0]]]
        return DaemonSet(object("DaemonSet", "agent", spec, change))
    }

    static func revision(_ name: String, _ number: Int64, image: String = "podinfo") -> Revision {
        var object = KubeObject(Revision.kind, namespace: "shop", name: name)
        object["revision"] = .integer(number)
        object["data"] = Revision.state(of: [
            "metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "main", "image": .string(image)]]],
        ])
        return Revision(object)
    }

    /// Running and ready for a quarter of an hour.
    static func pod(_ name: String, owner: String, labels: [String: String] = [:], _ change: (inout KubeObject) -> Void = { _ in }) -> Pod {
        var pod = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Pod"), namespace: "shop", name: name)
        pod.set(.string("uid-\(name)"), at: "metadata", "uid")
        pod.set(.string((now - .seconds(1000)).description), at: "metadata", "creationTimestamp")
        pod.set([["uid": .string("uid-\(owner)"), "kind": "Set", "controller": true]], at: "metadata", "ownerReferences")
        pod.labels = ["app": owner].merging(labels) { $1 }
        pod["status"] = ["phase": "Running", "conditions": ready("True", since: 900)]
        change(&pod)
        return Pod(pod)
    }

    static func ready(_ status: String, since seconds: Int64) -> JSONValue {
        [["type": "Ready", "status": .string(status), "lastTransitionTime": .string((now - .seconds(seconds)).description)]]
    }

    static func unready(_ pod: inout KubeObject) { pod.set(ready("False", since: 10), at: "status", "conditions") }
    static func going(_ pod: inout KubeObject) { pod.set(.string(now.description), at: "metadata", "deletionTimestamp") }
    static func failed(_ pod: inout KubeObject) { pod["status"] = ["phase": "Failed"] }

    static func node(_ name: String, labels: [String: String] = [:], _ change: (inout KubeObject) -> Void = { _ in }) -> KubeObject {
        var node = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Node"), name: name)
        node.labels = labels
        node["status"] = ["conditions": [["type": "Ready", "status": "True"]]]
        change(&node)
        return node
    }
}
