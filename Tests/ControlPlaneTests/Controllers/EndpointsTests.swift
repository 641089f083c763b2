// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import ControlPlane

@Suite("What stands behind a Service")
struct EndpointsTests {
    private func service(_ ports: [JSONValue] = [["port": 80, "targetPort": 9898]], _ change: (inout KubeObject) -> Void = { _ in }) -> KubeObject {
        var service = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Service"), namespace: "shop", name: "web")
        service.set("s-1", at: "metadata", "uid")
        service.labels = ["team": "blue"]
        service["spec"] = ["selector": ["app": "web"], "ports": .array(ports)]
        change(&service)
        return service
    }

    private func pod(_ number: Int, isReady: Bool = true, _ change: (inout KubeObject) -> Void = { _ in }) -> KubeObject {
        var pod = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Pod"), namespace: "shop", name: "p\(number)")
        pod.set(.string("uid-\(number)"), at: "metadata", "uid")
        pod.labels = ["app": "web"]
        pod["spec"] = ["nodeName": "n", "containers": [["ports": [["name": "http", "containerPort": .integer(Int64(8000 + number % 2))]]]]]
        pod["status"] = [
            "phase": "Running", "podIP": .string("127.7.\(number / 200 + 1).\(number % 200 + 1)"),
            "conditions": [["type": "Ready", "status": isReady ? "True" : "False"]],
        ]
        change(&pod)
        return pod
    }

    @Test("are its pods that have an address and run, ready or not")
    func selection() {
        let pods = [
            pod(1), pod(2, isReady: false), pod(3) { $0.labels = ["app": "db"] }, pod(4) { $0.set(nil, at: "status", "podIP") },
            pod(5) { $0.set("Failed", at: "status", "phase") }, pod(6) { $0.set("2026-11-24T12:00:00Z", at: "metadata", "deletionTimestamp") },
        ]
        let endpoints = ServiceEndpoints(service(), pods: pods).groups.flatMap(\.endpoints)
        #expect(endpoints.map(\.pod.name) == ["p1", "p2", "p6"])
        #expect(endpoints.map(\.isReady) == [true, false, false])
        #expect(endpoints.map(\.isServing) == [true, false, true])
        #expect(endpoints.map(\.isTerminating) == [false, false, true])
        let all = ServiceEndpoints(service { $0.set(true, at: "spec", "publishNotReadyAddresses") }, pods: pods)
        #expect(all.groups.flatMap(\.endpoints).map(\.isReady) == [true, true, true])
        #expect(ServiceEndpoints(service { $0.set(nil, at: "spec", "selector") }, pods: pods).groups.isEmpty)
    }

    private func service(_ change: (inout KubeObject) -> Void) -> KubeObject { service([["port": 80, "targetPort": 9898]], change) }

    @Test("serve it on the target port, by number or by each pod's own name for it")
    func ports() {
        let named = ServiceEndpoints(service([["name": "web", "port": 80, "targetPort": "http"]]), pods: [pod(1), pod(2), pod(3)])
        #expect(named.groups.map { $0.ports.map(\.number) } == [[8000], [8001]])
        #expect(named.groups.map { $0.endpoints.map(\.pod.name) } == [["p2"], ["p1", "p3"]])
        #expect(ServiceEndpoints(service([["port": 80]]), pods: [pod(1)]).groups.first?.ports.map(\.number) == [80])
        #expect(ServiceEndpoints(service([["port": 80, "targetPort": "gone"]]), pods: [pod(1)]).groups.isEmpty)
        #expect(ServiceEndpoints(service([["port": 80, "targetPort": "http", "protocol": "UDP"]]), pods: [pod(1)]).groups.isEmpty)
    }

    @Test("says by which name a pod is found below the Service's, where the pod is of its domain")
    func hostnames() {
        func named(_ number: Int, domain: JSONValue) -> KubeObject {
            pod(number) {
                $0.set(.string("web-\(number)"), at: "spec", "hostname")
                $0.set(domain, at: "spec", "subdomain")
            }
        }
        let found = ServiceEndpoints(service(), pods: [named(1, domain: "web"), named(2, domain: "other"), pod(3)])
        #expect(found.groups.flatMap(\.endpoints).map(\.hostname) == ["web-1", "", ""])
        let addresses = EndpointsObject.make(service(), found, existing: nil)["subsets"]?.array?.first?["addresses"]?.array ?? []
        #expect(addresses.map { $0["hostname"]?.string } == ["web-1", nil, nil])
        let slices = EndpointSlicePlan.make(service(), found, slices: []).created
        #expect(slices.first?["endpoints"]?.array?.map { $0["hostname"]?.string } == ["web-1", nil, nil])
    }

    @Test("is told by Endpoints, ready and unready apart, without those that end")
    func endpointsObject() {
        let found = ServiceEndpoints(
            service([["name": "web", "port": 80, "targetPort": 9898]]),
            pods: [pod(1), pod(2, isReady: false), pod(6) { $0.set("2026-11-24T12:00:00Z", at: "metadata", "deletionTimestamp") }])
        let object = EndpointsObject.make(service(), found, existing: nil)
        #expect(
            object["subsets"] == [
                [
                    "addresses": [
                        ["ip": "127.7.1.2", "nodeName": "n", "targetRef": ["kind": "Pod", "namespace": "shop", "name": "p1", "uid": "uid-1"]]
                    ],
                    "notReadyAddresses": [
                        ["ip": "127.7.1.3", "nodeName": "n", "targetRef": ["kind": "Pod", "namespace": "shop", "name": "p2", "uid": "uid-2"]]
                    ],
                    "ports": [["name": "web", "port": 9898, "protocol": "TCP"]],
                ]
            ])
        #expect(object.labels == ["team": "blue", "endpoints.kubernetes.io/managed-by": "endpoint-controller"])
        #expect(EndpointsObject.make(service(), ServiceEndpoints(service(), pods: []), existing: object)["subsets"] == nil)
    }

    // MARK: Slices

    /// What a plan makes of the slices.
    private func apply(_ plan: EndpointSlicePlan, to slices: [KubeObject]) -> [KubeObject] {
        var result =
            slices.filter { slice in !plan.deleted.contains { $0.uid == slice.uid } && !plan.updated.contains { $0.uid == slice.uid } } + plan.updated
        for (index, made) in plan.created.enumerated() {
            var made = made
            made.set(.string("web-\(result.count)-\(index)"), at: "metadata", "name")
            made.set(.string("slice-\(result.count)-\(index)"), at: "metadata", "uid")
            result.append(made)
        }
        return result
    }

    private func plan(_ pods: [KubeObject], _ slices: [KubeObject], of service: KubeObject? = nil) -> EndpointSlicePlan {
        let service = service ?? self.service()
        return EndpointSlicePlan.make(service, ServiceEndpoints(service, pods: pods), slices: slices)
    }

    private func addresses(_ slices: [KubeObject]) -> Set<String> {
        Set(slices.flatMap { $0["endpoints"]?.array ?? [] }.compactMap { $0["addresses"]?.array?.first?.string })
    }

    @Test("is told by a slice of the Service, also by an empty one")
    func slice() throws {
        let slice = try #require(plan([pod(1)], []).created.first)
        #expect(slice["metadata"]?["generateName"] == "web-")
        #expect(
            slice.labels == [
                "team": "blue", "kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            ])
        #expect(slice.controller?.uid == "s-1")
        #expect(slice["ports"] == [["name": "", "port": 9898, "protocol": "TCP"]])
        #expect(
            slice["endpoints"] == [
                [
                    "addresses": ["127.7.1.2"], "conditions": ["ready": true, "serving": true, "terminating": false], "nodeName": "n",
                    "targetRef": ["kind": "Pod", "namespace": "shop", "name": "p1", "uid": "uid-1"],
                ]
            ])
        #expect(plan([], []).created.first?["endpoints"] == [])
    }

    @Test("moves between slices as little as possible")
    func churn() {
        var slices = apply(plan((0..<250).map { pod($0) }, []), to: [])
        #expect(slices.count == 3)
        #expect(slices.map { $0["endpoints"]?.array?.count ?? 0 }.sorted() == [50, 100, 100])
        #expect(plan((0..<250).map { pod($0) }, slices).isEmpty)
        var change = plan((0..<251).map { pod($0) }, slices)
        #expect((change.created.count, change.updated.count, change.deleted.count) == (0, 1, 0))
        slices = apply(change, to: slices)
        change = plan((0..<251).map { pod($0, isReady: $0 != 120) }, slices)
        #expect((change.created.count, change.updated.count, change.deleted.count) == (0, 1, 0))
        slices = apply(change, to: slices)
        change = plan((0..<100).map { pod($0) }, slices)
        #expect(change.created.isEmpty)
        slices = apply(change, to: slices)
        #expect(addresses(slices) == Set((0..<100).compactMap { pod($0).status["podIP"]?.string }))
        slices = apply(plan([], slices), to: slices)
        #expect(addresses(slices).isEmpty)
        #expect(slices.count == 1)
        #expect(plan([], slices).isEmpty)
        slices = apply(plan([pod(1)], slices), to: slices)
        #expect(slices.count == 1)
    }

    @Test("goes to other slices with other ports")
    func portChange() {
        let slices = apply(plan([pod(1), pod(2)], []), to: [])
        let named = service([["name": "web", "port": 80, "targetPort": "http"]])
        let change = plan([pod(1), pod(2)], slices, of: named)
        #expect((change.created.count, change.deleted.count) == (2, 1))
    }

    @Test("hears of a pod's readiness, address and labels, not of its restarts")
    func relevance() {
        #expect(!ServiceEndpoints.isRelevant(old: pod(1), new: pod(1) { $0.set(3, at: "status", "restarts") }))
        #expect(ServiceEndpoints.isRelevant(old: pod(1), new: pod(1, isReady: false)))
        #expect(ServiceEndpoints.isRelevant(old: pod(1), new: pod(1) { $0.labels = [:] }))
        #expect(ServiceEndpoints.isRelevant(old: nil, new: pod(1)))
        #expect(ServiceEndpoints.isRelevant(old: pod(1), new: nil))
    }
}
