// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import PrometheusConfiguration
import Testing

@Suite("The targets of a cluster")
struct ClusterSnapshotTests {
    private static func object(_ yaml: String) throws -> KubeObject { KubeObject(try #require(try YAML.document(in: yaml).object)) }

    private static func snapshot() throws -> ClusterSnapshot {
        var snapshot = ClusterSnapshot()
        snapshot.nodes = [
            try object(
                """
                metadata: {name: node-1, labels: {kubernetes.io/os: linux}}
                status: {addresses: [{type: InternalIP, address: 127.1.0.2}], daemonEndpoints: {kubeletEndpoint: {Port: 10250}}}
                """)
        ]
        snapshot.pods = [
            try object(
                """
                metadata:
                  {name: web-1, namespace: shop, uid: u1, labels: {app: web, pod-template-hash: h}, annotations: {a/b: c},
                   ownerReferences: [{kind: ReplicaSet, name: web, uid: r, controller: true}]}
                spec:
                  nodeName: node-1
                  containers:
                  - {name: main, image: "web:1", ports: [{name: http, containerPort: 9898}, {name: grpc, containerPort: 9999}]}
                  - {name: side, image: "side:1"}
                status: {phase: Running, podIP: 127.1.0.9, hostIP: 127.1.0.2, conditions: [{type: Ready, status: "True"}],
                  containerStatuses: [{name: main, containerID: process://1}]}
                """)
        ]
        snapshot.services = [try object("metadata: {name: web, namespace: shop, labels: {app: web, team: shop}}")]
        snapshot.endpoints = [
            try object(
                """
                metadata: {name: web, namespace: shop}
                subsets:
                - addresses: [{ip: 127.1.0.9, nodeName: node-1, targetRef: {kind: Pod, name: web-1, namespace: shop}}]
                  notReadyAddresses: [{ip: 127.1.0.10}]
                  ports: [{name: http, port: 9898, protocol: TCP}]
                """)
        ]
        snapshot.endpointSlices = [
            try object(
                """
                metadata: {name: web-x, namespace: shop, labels: {kubernetes.io/service-name: web}}
                addressType: IPv4
                endpoints:
                - {addresses: [127.1.0.9], nodeName: node-1, conditions: {ready: true}, targetRef: {kind: Pod, name: web-1, namespace: shop}}
                ports: [{name: http, port: 9898, protocol: TCP}]
                """)
        ]
        return snapshot
    }

    private static func labels(_ path: String) throws -> [String: JSONValue] {
        let file = try #require(try snapshot().targetFiles()[path])
        var result: [String: JSONValue] = [:]
        for group in try JSONValue.parse(file).array ?? [] { result[group["targets"]?.array?.first?.string ?? ""] = group["labels"] }
        return result
    }

    @Test("are in a file for each role and namespace")
    func files() throws {
        #expect(
            Set(try Self.snapshot().targetFiles().keys) == [
                "node/nodes.json", "pod/shop.json", "endpoints/shop.json", "endpointslice/shop.json",
            ])
    }

    @Test("are its nodes")
    func nodes() throws {
        #expect(
            try Self.labels("node/nodes.json") == [
                "127.1.0.2:10250": [
                    "__meta_kubernetes_node_name": "node-1", "__meta_kubernetes_node_provider_id": "", "instance": "node-1",
                    "__meta_kubernetes_node_label_kubernetes_io_os": "linux", "__meta_kubernetes_node_labelpresent_kubernetes_io_os": "true",
                    "__meta_kubernetes_node_address_InternalIP": "127.1.0.2",
                ]
            ])
    }

    @Test("are its pods' ports")
    func pods() throws {
        let targets = try Self.labels("pod/shop.json")
        #expect(Set(targets.keys) == ["127.1.0.9:9898", "127.1.0.9:9999", "127.1.0.9"])
        let prefix = "__meta_kubernetes_pod"
        for (name, value) in [
            "__meta_kubernetes_namespace": "shop", "\(prefix)_name": "web-1", "\(prefix)_ip": "127.1.0.9", "\(prefix)_ready": "true",
            "\(prefix)_phase": "Running", "\(prefix)_node_name": "node-1", "\(prefix)_host_ip": "127.1.0.2", "\(prefix)_uid": "u1",
            "\(prefix)_controller_kind": "ReplicaSet", "\(prefix)_controller_name": "web", "\(prefix)_label_pod_template_hash": "h",
            "\(prefix)_labelpresent_app": "true", "\(prefix)_annotation_a_b": "c", "\(prefix)_annotationpresent_a_b": "true",
            "\(prefix)_container_name": "main", "\(prefix)_container_image": "web:1", "\(prefix)_container_port_name": "http",
            "\(prefix)_container_port_number": "9898", "\(prefix)_container_port_protocol": "TCP", "\(prefix)_container_init": "false",
            "\(prefix)_container_id": "process://1", "__meta_kubernetes_node_label_kubernetes_io_os": "linux",
        ] {
            #expect(targets["127.1.0.9:9898"]?[name]?.string == value, "\(name)")
        }
        #expect(targets["127.1.0.9"]?["\(prefix)_container_name"] == "side")
    }

    @Test("are the endpoints of its Services, and the other ports of their pods", arguments: ["endpoints", "endpointslice"])
    func endpoints(role: String) throws {
        let targets = try Self.labels("\(role)/shop.json")
        #expect(
            Set(targets.keys)
                == (role == "endpoints" ? ["127.1.0.9:9898", "127.1.0.10:9898", "127.1.0.9:9999"] : ["127.1.0.9:9898", "127.1.0.9:9999"]))
        let prefix = "__meta_kubernetes_\(role == "endpoints" ? "endpoint" : role)"
        for (name, value) in [
            "__meta_kubernetes_namespace": "shop", "__meta_kubernetes_service_name": "web", "__meta_kubernetes_service_label_team": "shop",
            "__meta_kubernetes_service_labelpresent_team": "true", "\(prefix)_port_name": "http", "\(prefix)_port_protocol": "TCP",
            "\(prefix)_address_target_kind": "Pod", "\(prefix)_address_target_name": "web-1", "__meta_kubernetes_pod_name": "web-1",
            "__meta_kubernetes_pod_container_name": "main", "__meta_kubernetes_node_name": "node-1",
        ] {
            #expect(targets["127.1.0.9:9898"]?[name]?.string == value, "\(name)")
        }
        #expect(targets["127.1.0.9:9999"]?["\(prefix)_port_name"] == nil)
        #expect(targets["127.1.0.9:9999"]?["__meta_kubernetes_pod_container_port_name"] == "grpc")
        #expect(targets["127.1.0.9:9999"]?["__meta_kubernetes_service_name"] == "web")
    }

    @Test("end with the labels that a monitor's rules make", arguments: ["Endpoints", "EndpointSlice"])
    func monitored(role: JSONValue) throws {
        let snapshot = try Self.snapshot()
        let monitor = Fixtures.serviceMonitor(endpoint: ["port": "http"], ["targetLabels": ["team"], "jobLabel": "app"])
        let objects = MonitoringObjects(serviceMonitors: [monitor], spec: ["serviceDiscoveryRole": role])
        let targets = try CheckedConfiguration.targets(of: "serviceMonitor/shop/web/0", snapshot) { ServerConfiguration(objects, in: $0) }
        guard let targets else { return }
        let kept = targets.filter { $0["pod"] != nil }.map { labels in
            JSONValue(labels.stringMap?.filter { !$0.key.hasPrefix("__") } ?? [:])
        }
        #expect(
            kept == [
                [
                    "namespace": "shop", "pod": "web-1", "container": "main", "service": "web", "endpoint": "http", "job": "web", "team": "shop",
                    "instance": "127.1.0.9:9898",
                ]
            ])
    }

    @Test("are none where objects are not what they should be")
    func hostile() {
        var snapshot = ClusterSnapshot()
        let kind = GroupVersionKind(group: "", version: "v1", kind: "Pod")
        for value in ["x", 1, [], ["a": "b"], .null, [[["a"]]], [["ports": [["containerPort": "x"]], "name": 1]]] as [JSONValue] {
            for namespace in ["shop", "../etc", ""] {
                var object = KubeObject(kind, namespace: namespace, name: "a")
                object["spec"] = ["containers": value, "nodeName": value]
                object["status"] = ["podIP": "1.2.3.4", "addresses": value, "conditions": value]
                for field in ["subsets", "endpoints", "ports"] { object[field] = value }
                snapshot.pods.append(object)
                snapshot.nodes.append(object)
                snapshot.endpoints.append(object)
                snapshot.endpointSlices.append(object)
            }
        }
        #expect(snapshot.targetFiles().keys.allSatisfy { $0 == "pod/shop.json" })
    }
}
