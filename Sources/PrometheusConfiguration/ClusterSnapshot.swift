// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The objects that targets are made of, for a server that doesn't ask the API itself.
///
/// The targets and their labels are those that Prometheus' own discovery makes; nodes' labels are attached always, where Prometheus does so
/// only if asked.
/// - Source: prometheus v2.42 discovery/kubernetes
package struct ClusterSnapshot: Sendable {
    package var nodes: [KubeObject] = []
    package var pods: [KubeObject] = []
    package var services: [KubeObject] = []
    package var endpoints: [KubeObject] = []
    package var endpointSlices: [KubeObject] = []

    package init() {}

    /// The files of `TargetDiscovery.files`, by path below its folder: one for each role and namespace, those of nodes in one.
    ///
    /// Each is to be replaced whole (written beside, then renamed); one that is no longer among them is to be removed.
    package func targetFiles() -> [String: [UInt8]] {
        let index = ClusterIndex(self)
        var groups: [String: [JSONValue]] = [:]
        func add(_ targets: [DiscoveredTarget], _ role: DiscoveryRole, _ namespace: String) {
            guard !targets.isEmpty, ObjectName.isValidNamespace(namespace) else { return }
            groups["\(role.rawValue)/\(namespace).json", default: []] += targets.map(\.json)
        }
        for node in nodes.inOrder { add(node.nodeTargets, .node, "nodes") }
        for pod in pods.inOrder { add(index.targets(ofPod: pod), .pod, pod.namespace) }
        for endpoints in endpoints.inOrder { add(index.targets(ofEndpoints: endpoints), .endpoints, endpoints.namespace) }
        for slice in endpointSlices.inOrder { add(index.targets(ofSlice: slice), .endpointslice, slice.namespace) }
        return groups.mapValues { JSONValue.array($0).encoded }
    }
}

/// One address to scrape, with what is known of it.
struct DiscoveredTarget {
    var address: String
    var labels: [String: String]

    /// A group of its own, since the labels are.
    var json: JSONValue { ["targets": [.string(address)], "labels": JSONValue(labels)] }
}

extension [KubeObject] {
    fileprivate var inOrder: [KubeObject] { sorted { $0.namespacedName.precedes($1.namespacedName) } }
}

extension KubeObject {
    /// Labels or annotations, each with the word that it is present.
    /// - Parameter subject: `pod`, `service`, ….
    func metaLabels(of subject: String, annotations withAnnotations: Bool = true) -> [String: String] {
        var meta: [String: String] = [:]
        func add(_ values: [String: String], _ kind: String) {
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                let name = LabelName.sanitized(key)
                meta["__meta_kubernetes_\(subject)_\(kind)_\(name)"] = value
                meta["__meta_kubernetes_\(subject)_\(kind)present_\(name)"] = "true"
            }
        }
        add(labels, "label")
        if withAnnotations { add(annotations, "annotation") }
        return meta
    }
}
