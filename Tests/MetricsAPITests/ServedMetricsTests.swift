// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricsAPI
import Testing

@Suite("A metrics server, its kubelets and its clients over TLS", .timeLimit(.minutes(1)))
struct ServedMetricsTests {
    private static let pods = "/apis/metrics.k8s.io/v1beta1/pods"
    private static let alice = ["X-Remote-User": "alice", "X-Remote-Group": "devs"]
    private static let admin = ServedMetrics.Identity.user("admin", groups: ["system:masters"])

    @Test("the front proxy's word is taken, and what its user may do is asked once in ten seconds")
    func frontProxy() async throws {
        try await ServedMetrics.run { served in
            served.api.allowedUsers = ["alice"]
            try await served.wait { served.server.isReady }
            for _ in 0..<3 {
                let reply = try await served.get(Self.pods, as: .frontProxy(commonName: "front-proxy-client"), headers: Self.alice)
                #expect(reply.code == 200)
                #expect(reply.json["items"]?.array?.count == 1)
            }
            #expect(served.api.reviews.count == 1)
            let review = try #require(served.api.reviews.first)
            #expect(review["user"] == "alice")
            #expect(review["groups"] == ["devs", "system:authenticated"])
            #expect(review["resourceAttributes"] == ["verb": "list", "group": "metrics.k8s.io", "version": "v1beta1", "resource": "pods"])
        }
    }

    @Test("headers that no front proxy vouches for are never read")
    func forgedHeaders() async throws {
        try await ServedMetrics.run { served in
            let forged = ["X-Remote-User": "admin", "X-Remote-Group": "system:masters"]
            let anonymous = try await served.get(Self.pods, as: .nobody, headers: forged)
            #expect(anonymous.code == 403)
            #expect(
                anonymous.message
                    == #"pods.metrics.k8s.io is forbidden: User "system:anonymous" cannot list resource "pods" in API group "metrics.k8s.io" at the cluster scope"#)
            // A user's own certificate is of another authority than the front proxy's.
            let mallory = try await served.get(Self.pods, as: .user("mallory"), headers: forged)
            #expect(mallory.code == 403)
            #expect(mallory.message.contains(#"User "mallory""#))
            #expect(served.api.reviews.map { $0["user"]?.string } == ["system:anonymous", "mallory"])
        }
    }

    @Test("a front proxy of another name than those allowed is refused, and the log names both")
    func wrongName() async throws {
        try await ServedMetrics.run(allowedNames: ["aggregator"]) { served in
            let reply = try await served.get(Self.pods, as: .frontProxy(commonName: "front-proxy-client"), headers: Self.alice)
            #expect(reply.code == 401)
            #expect(reply.message == "Unauthorized")
            #expect(served.log.contains("common name is not allowed", "front-proxy-client", "aggregator"))
            #expect(served.api.reviews.isEmpty)
        }
    }

    @Test("a front proxy that names no user is nobody")
    func noUser() async throws {
        try await ServedMetrics.run { served in
            let reply = try await served.get(Self.pods, as: .frontProxy(commonName: "front-proxy-client"))
            #expect(reply.code == 401)
        }
    }

    @Test("administrators and health checks need no review")
    func noReview() async throws {
        try await ServedMetrics.run { served in
            #expect(try await served.get(Self.pods, as: Self.admin).code == 200)
            #expect(try await served.get("/livez", as: .nobody).text == "ok")
            try await served.wait { try await served.get("/readyz", as: .nobody).text == "ok" }
            #expect(served.api.reviews.isEmpty)
            #expect(try await served.get("/version", as: .nobody).code == 403)
        }
    }

    @Test("what a pod and a node use is served with their labels")
    func usage() async throws {
        try await ServedMetrics.run { served in
            try await served.wait { served.server.samplesSeen(pod: "web-node-0", in: "shop") == 2 }
            let pod = try await served.get("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods/web-node-0", as: Self.admin).json
            #expect(pod.value(at: "metadata", "labels", "app") == "web")
            let usage = try #require(pod["containers"]?.array?.first?["usage"])
            let cpu = try #require(Quantity(usage["cpu"]))
            #expect((450...550).contains(cpu.milliValue), "\(cpu)")
            #expect(usage["memory"] == "64Mi")
            let node = try await served.get("/apis/metrics.k8s.io/v1beta1/nodes/node-0", as: Self.admin).json
            #expect(node.value(at: "usage", "memory") == "128Mi")
            #expect(node.value(at: "metadata", "labels", "kubernetes.io/hostname") == "node-0")
        }
    }

    @Test("nodes that are silent, gone, garbled, lying or impostors keep nothing from the others")
    func badNodes() async throws {
        let nodes: KeyValuePairs<String, FakeKubelet.Behaviour> = [
            "node-0": .well, "node-1": .silent, "node-2": .gone, "node-3": .garbled, "node-4": .impostor, "node-5": .lying, "node-6": .well,
        ]
        try await ServedMetrics.run(nodes, resolution: .milliseconds(500)) { served in
            let start = ContinuousClock.now
            try await served.wait { ["web-node-0", "web-node-6"].allSatisfy { served.server.samplesSeen(pod: $0, in: "shop") == 2 } }
            #expect(ContinuousClock.now - start < .seconds(5))
            let items = try #require(try await served.get(Self.pods, as: Self.admin).json["items"]?.array)
            let names = items.compactMap { $0.value(at: "metadata", "name")?.string }
            #expect(names.starts(with: ["web-node-0"]) && names.contains("web-node-6"))
            #expect(!names.contains { ["web-node-1", "web-node-2", "web-node-3", "web-node-4"].contains($0) })
            #expect(served.server.samplesSeen(pod: "web-node-1", in: "shop") == 0)
            for node in ["node-1", "node-2", "node-3", "node-4"] {
                try await served.wait { served.log.contains("cannot scrape a node", "node=\(node)") }
            }
        }
    }
}
