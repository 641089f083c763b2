// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore
import NIOHTTP1
import Testing

@testable import ControlPlane

private let services = "/api/v1/namespaces/default/services"
private let pods = "/api/v1/namespaces/default/pods"

private func service(_ name: String, _ spec: JSONObject = [:]) -> JSONValue {
    var all: JSONObject = ["selector": ["app": "web"], "ports": [["port": 80]]]
    for member in spec { all[member.key] = member.value }
    return ["metadata": ["name": .string(name)], "spec": .object(all)]
}

@Suite("what is particular to a kind")
struct KindTests {
    @Test("services get addresses of the lab's block, no two the same, and keep them")
    func clusterIPs() async throws {
        let harness = try await Harness()
        let addresses = try await withThrowingTaskGroup(of: String?.self) { group in
            for index in 0..<10 {
                group.addTask { try await harness.send(.POST, services, service("s\(index)")).value(at: "spec", "clusterIP")?.string }
            }
            return try await group.reduce(into: [String]()) { if let address = $1 { $0.append(address) } }
        }
        #expect(Set(addresses).count == 10)
        #expect(addresses.allSatisfy { $0.hasPrefix("127.7.200.") && $0 != "127.7.200.1" })
        let kept = try await harness.send(.PUT, "\(services)/s0", service("s0", ["ports": [["port": 81]]]))
        #expect(kept.value(at: "spec", "clusterIP")?.string.map { addresses.contains($0) } == true)
    }

    @Test("a headless service has no address, an external one neither")
    func headless() async throws {
        let harness = try await Harness()
        let headless = try await harness.send(.POST, services, service("headless", ["clusterIP": "None"]))
        #expect(headless.value(at: "spec", "clusterIP")?.string == "None")
        let external = try await harness.send(.POST, services, service("external", ["type": "ExternalName", "externalName": "example.com"]))
        #expect(external.value(at: "spec", "clusterIP") == nil)
    }

    @Test("an address asked for must be free and of the block")
    func askedAddress() async throws {
        let harness = try await Harness()
        let asked = try await harness.send(.POST, services, service("a", ["clusterIP": "127.7.201.9"]))
        #expect(asked.value(at: "spec", "clusterIP")?.string == "127.7.201.9")
        let taken = try await harness.send(.POST, services, service("b", ["clusterIP": "127.7.201.9"]))
        #expect(taken.code == 422)
        #expect(taken.message.contains("provided IP is already allocated"))
        #expect(try await harness.send(.POST, services, service("c", ["clusterIP": "10.0.0.1"])).message.contains("is not in the valid range"))
        let moved = try await harness.send(.PUT, "\(services)/a", service("a", ["clusterIP": "127.7.201.10"]))
        #expect(moved.code == 422)
        #expect(moved.message.contains("may not change once set"))
    }

    @Test("endpoints on loopback are the lab's own or none", arguments: ["127.0.0.1", "127.8.1.1"])
    func loopback(address: String) async throws {
        let harness = try await Harness()
        func slice(_ address: String) -> JSONValue {
            [
                "metadata": ["name": "loop"], "addressType": "IPv4", "endpoints": [["addresses": [.string(address)]]],
                "ports": [["port": 80]],
            ]
        }
        let path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
        let refused = try await harness.send(.POST, path, slice(address))
        #expect(refused.code == 422)
        #expect(
            refused.message
                == "EndpointSlice.discovery.k8s.io \"loop\" is invalid: endpoints[0].addresses[0]: Invalid value: \"\(address)\": may not be in the loopback range (127.0.0.0/8, ::1/128)"
        )
        #expect(try await harness.send(.POST, path, slice("127.7.1.1")).code == 201)
    }

    @Test("a pod is assigned to a node once")
    func binding() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, pods, Manifests.pod("a"))
        let binding: JSONValue = ["metadata": ["name": "a"], "target": ["kind": "Node", "name": "node-1"]]
        #expect(try await harness.send(.POST, "\(pods)/a/binding", binding).code == 201)
        let pod = try await harness.send(.GET, "\(pods)/a")
        #expect(pod.value(at: "spec", "nodeName")?.string == "node-1")
        #expect(KubeObject(pod.json.object ?? [:]).hasTrueCondition("PodScheduled"))
        let again = try await harness.send(.POST, "\(pods)/a/binding", binding)
        #expect(again.code == 409)
        #expect(again.message == "Operation cannot be fulfilled on pods/binding \"a\": pod a is already assigned to node \"node-1\"")
    }

    @Test("a pod's containers can't be exchanged, but their images")
    func podUpdates() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, pods, Manifests.pod("a"))
        let image = try await harness.patch(
            "\(pods)/a", ["spec": ["containers": [["name": "main", "image": "other"]]]], type: "application/strategic-merge-patch+json")
        #expect(image.code == 200)
        let node = try await harness.patch("\(pods)/a", ["spec": ["nodeName": "node-9"]])
        #expect(node.code == 422)
        #expect(node.message.contains("pod updates may not change fields other than"))
    }

    @Test(
        "how many containers decide a pod's class",
        arguments: [
            ("{}", "BestEffort"), (#"{"requests":{"cpu":"1m"}}"#, "Burstable"),
            (#"{"limits":{"cpu":"1","memory":"1Gi"}}"#, "Guaranteed"), (#"{"limits":{"cpu":"1"}}"#, "Burstable"),
            (#"{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"1000m","memory":"1024Mi"}}"#, "Guaranteed"),
        ])
    func qualityOfService(resources: String, expected: String) throws {
        let spec: JSONValue = ["containers": [["resources": try JSONValue.parse(resources)]]]
        #expect(QualityOfService.of(spec) == expected)
    }

    @Test(
        "a manifest that can't work is refused in upstream's words",
        arguments: [
            (
                "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
                #"{"metadata":{"name":"bad"},"spec":{"maxReplicas":3,"minReplicas":5,"scaleTargetRef":{"kind":"Deployment","name":"x"}}}"#,
                "HorizontalPodAutoscaler.autoscaling \"bad\" is invalid: [spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`, spec.scaleTargetRef.apiVersion: Invalid value: \"\": apiVersion must specify API group]"
            ),
            (
                "/apis/apps/v1/namespaces/default/deployments",
                #"{"metadata":{"name":"bad"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"x","image":"y"}]}}}}"#,
                "`selector` does not match template `labels`"
            ),
            (services, #"{"metadata":{"name":"bad"},"spec":{"ports":[]}}"#, "spec.ports: Required value"),
            (pods, #"{"metadata":{"name":"bad"},"spec":{"containers":[]}}"#, "spec.containers: Required value"),
            (
                pods, #"{"metadata":{"name":"bad"},"spec":{"containers":[{"name":"a","image":"b","volumeMounts":[{"name":"v","mountPath":"/v"}]}]}}"#,
                "spec.containers[0].volumeMounts[0].name: Not found: \"v\""
            ),
        ])
    func invalid(path: String, body: String, message: String) async throws {
        let harness = try await Harness()
        let reply = try await harness.sendText(.POST, path, body)
        #expect(reply.code == 422)
        #expect(reply.message.contains(message), "\(reply.message)")
    }
}
