// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What the rules need of a pod.
package struct PodState: Sendable, Hashable {
    package var name: String
    package var labels: [String: String]
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    package var phase: String
    package var isBeingDeleted: Bool
    /// When the node agent accepted it; nil before.
    package var startTime: Timestamp?
    /// Its condition `Ready`; nil before there is one.
    package var ready: ReadyCondition?
    /// Those that run beside one another: the containers, then the init containers that keep running.
    package var containers: [Container]
    /// Init containers that end before the pod starts; each with the requests of those added that already run beside it.
    package var startupContainers: [Container]
    /// Requests of the pod as a whole, in thousandths; nil where it sets none that count.
    package var podRequests: [String: Int64]?
    package var overhead: [String: Int64]

    package struct ReadyCondition: Sendable, Hashable {
        /// `True`, `False` or `Unknown`.
        package var status: String
        package var lastTransitionTime: Timestamp

        package init(status: String, lastTransitionTime: Timestamp) {
            self.status = status
            self.lastTransitionTime = lastTransitionTime
        }

        var isTrue: Bool { status == "True" }
        /// Neither `True` nor `Unknown`.
        var isFalse: Bool { status == "False" }
    }

    package struct Container: Sendable, Hashable {
        package var name: String
        /// By resource, in thousandths of its unit.
        package var requests: [String: Int64]

        package init(name: String, requests: [String: Int64]) {
            self.name = name
            self.requests = requests
        }
    }

    package init(_ pod: KubeObject) {
        name = pod.name
        labels = pod.labels
        phase = pod.value(at: "status", "phase")?.string ?? ""
        isBeingDeleted = pod.value(at: "metadata", "deletionTimestamp")?.string != nil
        startTime = pod.value(at: "status", "startTime")?.timestamp
        ready = pod.value(at: "status", "conditions")?.array?.first { $0["type"]?.string == "Ready" }.map {
            ReadyCondition(status: $0["status"]?.string ?? "", lastTransitionTime: $0["lastTransitionTime"]?.timestamp ?? .zero)
        }
        containers = (pod.value(at: "spec", "containers")?.array ?? []).map(Container.init)
        startupContainers = []
        var running: [String: Int64] = [:]
        for json in pod.value(at: "spec", "initContainers")?.array ?? [] {
            var container = Container(json)
            if json["restartPolicy"]?.string == "Always" {
                containers.append(container)
                running.merge(container.requests) { $0.addingClamped($1) }
            } else {
                container.requests.merge(running) { $0.addingClamped($1) }
                startupContainers.append(container)
            }
        }
        let requests = Self.milliValues(pod.value(at: "spec", "resources", "requests"))
        podRequests = requests.keys.contains(where: Self.mayBeSetForPods) ? requests.filter { Self.mayBeSetForPods($0.key) } : nil
        overhead = Self.milliValues(pod.value(at: "spec", "overhead"))
    }

    /// All of a pod that is looked at here, and what it is kept by: the rest is most of it.
    package static func fields(of pod: KubeObject) -> KubeObject {
        var kept = KubeObject(pod.groupVersionKind, namespace: pod.namespace, name: pod.name)
        for field in ["uid", "resourceVersion", "labels", "deletionTimestamp"] { kept.set(pod.value(at: "metadata", field), at: "metadata", field) }
        for field in ["phase", "startTime"] { kept.set(pod.value(at: "status", field), at: "status", field) }
        let ready = pod.value(at: "status", "conditions")?.array?.filter { $0["type"]?.string == "Ready" }
        kept.set(ready.map { .array($0) }, at: "status", "conditions")
        for field in ["containers", "initContainers"] {
            kept.set(pod.value(at: "spec", field)?.array.map { .array($0.map(Self.fields(ofContainer:))) }, at: "spec", field)
        }
        kept.set(pod.value(at: "spec", "resources", "requests"), at: "spec", "resources", "requests")
        kept.set(pod.value(at: "spec", "overhead"), at: "spec", "overhead")
        return kept
    }

    private static func fields(ofContainer container: JSONValue) -> JSONValue {
        var kept = JSONObject()
        for field in ["name", "restartPolicy"] { kept[field] = container[field] }
        kept.set(container.value(at: "resources", "requests"), at: "resources", "requests")
        return .object(kept)
    }

    private static func mayBeSetForPods(_ resource: String) -> Bool {
        resource == "cpu" || resource == "memory" || resource.hasPrefix("hugepages-")
    }

    fileprivate static func milliValues(_ resources: JSONValue?) -> [String: Int64] {
        var values: [String: Int64] = [:]
        for member in resources?.object ?? [:] { values[member.key] = Quantity(member.value)?.milliValue }
        return values
    }
}

extension PodState.Container {
    fileprivate init(_ json: JSONValue) {
        self.init(name: json["name"]?.string ?? "", requests: PodState.milliValues(json.value(at: "resources", "requests")))
    }
}
