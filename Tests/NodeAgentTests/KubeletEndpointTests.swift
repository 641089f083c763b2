// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import DelegatedAccess
import KubeClient
import KubeModel
import Logging
import Synchronization
import Testing

@testable import NodeAgent

@Suite("What a kubelet answers, and to whom", .timeLimit(.minutes(2)))
struct KubeletEndpointTests {
    /// An API server that lets `scraper` read `nodes/metrics` and nobody anything else.
    private final class Reviews: Transport {
        private let asked = Mutex<[String]>([])

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            let spec = try JSONValue.parse(request.body)["spec"]
            let attributes = spec?["resourceAttributes"]
            let question = ["verb", "resource", "subresource", "name"].map { attributes?[$0]?.string ?? "-" }.joined(separator: " ")
            asked.withLock { $0.append("\(spec?["user"]?.string ?? "") \(question)") }
            let isAllowed = spec?["user"] == "scraper" && question == "get nodes metrics node-1"
            return ClientResponse(status: 201, body: ResponseBody(Array(#"{"status":{"allowed":\#(isAllowed)}}"#.utf8)))
        }

        var questions: [String] { asked.withLock { $0 } }
    }

    private func decision(_ authorizer: KubeletAuthorizer, _ user: String, _ path: String, verb: String = "get") async throws -> Bool {
        let info = RequestInfo(isResourceRequest: false, verb: verb, path: path)
        switch authorizer.authorize(UserInfo(name: user), info, Query()) {
        case .ready(let decision): return decision.isAllowed
        case .deferred(let decision): return try await decision().isAllowed
        }
    }

    @Test("who may ask what is the API server's word on the node's subresources, health included; it alone is not asked about")
    func authorization() async throws {
        let server = Reviews()
        let reviews = DelegatedAuthorizer(
            client: KubeClient(transport: server, userAgent: "test"), openPaths: [], uptime: { .zero }, logger: Logger(label: "test"))
        let authorizer = KubeletAuthorizer(node: "node-1", trustedUsers: ["kube-apiserver"], reviews: reviews)
        #expect(try await decision(authorizer, "scraper", "/metrics/resource"))
        #expect(try await decision(authorizer, "scraper", "/metrics/cadvisor"))
        for path in ["/stats/summary", "/logs/x", "/containerLogs/a/b/c", "/pods", "/healthz", "/metricsandmore", "/"] {
            #expect(try await !decision(authorizer, "scraper", path), "\(path)")
        }
        #expect(try await !decision(authorizer, "mallory", "/metrics/resource"))
        #expect(try await !decision(authorizer, "scraper", "/exec/a/b/c", verb: "post"))
        #expect(try await decision(authorizer, "kube-apiserver", "/exec/a/b/c", verb: "post"))
        let questions = Set(server.questions)
        let expected = ["get nodes metrics", "get nodes stats", "get nodes log", "get nodes proxy", "create nodes proxy"].map {
            "scraper \($0) node-1"
        }
        #expect(questions == Set(expected + ["mallory get nodes metrics node-1"]), "\(questions)")
    }

    @Test("a summary tells each container and its pod's sum, and pods without any not at all")
    func summary() {
        func sample(_ name: String, cpu: UInt64, memory: UInt64) -> PodWorker.ContainerSample {
            PodWorker.ContainerSample(
                name: name, startTime: Timestamp(seconds: 100 + Int64(cpu)), usage: ResourceUsage(cpuNanoseconds: cpu, memoryBytes: memory))
        }
        let metrics = ResourceMetrics(
            pods: [
                .init(namespace: "shop", name: "web", uid: "u", containers: [sample("a", cpu: 7, memory: 10), sample("b", cpu: 5, memory: 20)]),
                .init(namespace: "shop", name: "waiting", containers: []),
            ], nodeStart: Timestamp(seconds: 50), nodeCPUNanoseconds: 99, nodeMemoryBytes: 1000,
            time: Timestamp(seconds: 200, nanoseconds: 1_500_000))
        let json = StatsSummary(node: "node-1", metrics: metrics).json
        let pods = json["pods"]?.array ?? []
        #expect(pods.count == 1 && pods[0]["podRef"] == ["name": "web", "namespace": "shop", "uid": "u"])
        #expect(pods[0].value(at: "cpu", "usageCoreNanoSeconds")?.int == 12 && pods[0].value(at: "memory", "workingSetBytes")?.int == 30)
        #expect(pods[0]["startTime"]?.timestamp == Timestamp(seconds: 105), "the earliest of its containers'")
        #expect(pods[0]["containers"]?.array?.map { $0["name"]?.string } == ["a", "b"])
        #expect(pods[0]["containers"]?.array?[1].value(at: "cpu", "usageCoreNanoSeconds")?.int == 5)
        #expect(json.value(at: "node", "nodeName") == "node-1" && json.value(at: "node", "memory", "workingSetBytes")?.int == 1000)
        #expect(json.value(at: "node", "cpu", "time")?.timestamp == metrics.time)
    }

    @Test("cAdvisor's metrics tell containers by both names of their labels, pods and the node without a container or image")
    func containers() {
        var sample = PodWorker.ContainerSample(
            name: "web", startTime: Timestamp(seconds: 100), usage: ResourceUsage(cpuNanoseconds: 1_500_000_000, memoryBytes: 4096))
        sample.image = "web:1"
        sample.limits = ResourceLimits(cpuMillis: 250, memoryBytes: 8192)
        let metrics = ResourceMetrics(
            pods: [
                .init(namespace: "shop", name: "web-1", uid: "u", containers: [sample]), .init(namespace: "shop", name: "waiting", containers: []),
            ], nodeStart: Timestamp(seconds: 50), nodeCPUNanoseconds: 2_000_000_000, nodeMemoryBytes: 9000, time: Timestamp(seconds: 200))
        let capacity = ResourceLimits(cpuMillis: 1500, memoryBytes: 1 << 30)
        let lines = String(decoding: ContainerMetrics(metrics: metrics, capacity: capacity).text, as: UTF8.self).split(separator: "\n").map(
            String.init)
        let labels =
            #"container="web",container_name="web",id="/kubepods/podu/web",image="web:1",name="k8s_web_web-1_shop_u_0",namespace="shop",pod="web-1",pod_name="web-1""#
        #expect(lines.contains(#"container_cpu_usage_seconds_total{cpu="total",\#(labels)} 1.500000000 200000"#), "\(lines)")
        #expect(lines.contains(#"container_memory_working_set_bytes{\#(labels)} 4096 200000"#))
        #expect(lines.contains(#"container_spec_cpu_quota{\#(labels)} 25000"#))
        #expect(lines.contains(#"container_spec_memory_limit_bytes{\#(labels)} 8192"#))
        let root = #"container="",container_name="",id="/",image="",name="",namespace="",pod="",pod_name="""#
        #expect(lines.contains(#"container_cpu_usage_seconds_total{cpu="total",\#(root)} 2 200000"#), "\(lines)")
        #expect(lines.filter { $0.hasPrefix("container_memory_working_set_bytes{") }.count == 3, "the node, the pod and its container")
        #expect(lines.contains("machine_cpu_cores 1.5"))
        #expect(!lines.contains { $0.contains("waiting") })
    }
}
