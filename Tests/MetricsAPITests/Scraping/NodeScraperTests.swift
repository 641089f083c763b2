// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Logging
import NIOCore
import Synchronization
import TestKit
import Testing
import UsageWindow

@testable import MetricsAPI

@Suite("Scraping", .timeLimit(.minutes(5)))
struct NodeScraperTests {
    /// Counts scrapes; nodes named `slow…` never answer, `lying…` answer nonsense, `dead…` refuse.
    private final class Source: NodeMetricsSource {
        typealias Done = @Sendable (Result<ByteBuffer, KubeletFailure>) -> Void
        private let counts = Mutex<[String: Int]>([:])
        private let open = Mutex<[String: Done]>([:])
        /// Those that were waited for until their limit.
        let givenUp = Mutex<Set<String>>([])

        func fetch(_ target: ScrapeTarget, _ done: @escaping Done) {
            let count = counts.withLock { counts in
                counts[target.node, default: 0] += 1
                return counts[target.node] ?? 0
            }
            if target.node.hasPrefix("slow") { return open.withLock { $0[target.node] = done } }
            let result: Result<ByteBuffer, KubeletFailure>
            if target.node.hasPrefix("dead") {
                result = .failure(KubeletFailure(.unreachable, "refused"))
            } else if target.node.hasPrefix("lying") {
                result = .success(ByteBuffer(string: "}{"))
            } else {
                let ahead = target.node.hasPrefix("ahead") ? 90_000_000 : 0
                let time = count * 1000 + ahead
                result = .success(
                    ByteBuffer(string: "node_cpu_usage_seconds_total \(count) \(time)\nnode_memory_working_set_bytes 1 \(time)\n"))
            }
            Task { done(result) }
        }

        func giveUp(_ node: String, after limit: Duration) {
            givenUp.withLock { _ = $0.insert(node) }
            let done = open.withLock { $0.removeValue(forKey: node) }
            Task { done?(.failure(KubeletFailure(.timeout, "no answer"))) }
        }

        func forget(_ node: String) {}

        func count(_ node: String) -> Int { counts.withLock { $0[node] ?? 0 } }
    }

    private static func target(_ name: String) throws -> ScrapeTarget {
        try ScrapeTarget(
            KubeObject(["metadata": ["name": .string(name)], "status": ["addresses": [["type": "InternalIP", "address": "127.0.0.1"]]]]),
            KubeletOptions())
    }

    @Test("nodes that are slow, dead, lying or of another time hold up nobody, and are asked again")
    func others() async throws {
        let clock = ManualClock()
        let source = Source()
        let log = LogRecorder()
        let store = UsageStore(resolution: .seconds(10), uptime: { clock.now.offset })
        let metrics = SelfMetrics(resolution: .seconds(10)) { store.read { $0.pointCounts } }
        let scraper = NodeScraper(
            period: .seconds(10), requestTimeout: .seconds(5), openings: 2, source: source, store: store, metrics: metrics,
            now: { Timestamp(seconds: 0) }, logger: log.logger)
        let bad = (0..<3).flatMap { ["slow\($0)", "dead\($0)", "lying\($0)", "ahead\($0)"] }
        for name in bad + ["good"] { scraper.update(name, try Self.target(name)) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await scraper.run(on: clock) }
            while source.count("good") < 4 || source.count("slow0") < 2 || source.count("lying2") < 3 || source.givenUp.withLock({ $0.count }) < 3 {
                await clock.waitForSleepers()
                clock.advance(by: .milliseconds(500))
                await Task.yield()
            }
            #expect(store.read { $0.usage(node: "good") }?.cpuNanocores == 1_000_000_000)
            #expect(bad.allSatisfy { name in store.read { $0.usage(node: name) } == nil })
            #expect(String(decoding: metrics.text, as: UTF8.self).contains(#"metrics_server_kubelet_last_request_time_seconds{node="good"} 0"#))
            scraper.update("good", nil)
            #expect(store.read { $0.usage(node: "good") } == nil && !store.isReady)
            #expect(!String(decoding: metrics.text, as: UTF8.self).contains(#"node="good""#))
            group.cancelAll()
        }
        let lines = log.text.split(separator: "\n")
        #expect(lines.count { $0.contains("cannot scrape a node") } >= 5, "\(log.text)")
        #expect(Set(lines).count == lines.count, "what was told is not told again: \(log.text)")
        #expect(lines.count { $0.contains("more than a day ahead") } == 3, "\(log.text)")
    }

    @Test("is told of once it can be read, and never of a scrape that failed")
    func observer() async throws {
        let (told, observe) = AsyncStream.makeStream(of: (Set<String>, Int).self)
        let clock = ManualClock()
        let late = Mutex<UsageStore?>(nil)
        let pod = NamespacedName(namespace: "shop", name: "web")
        let store = UsageStore(
            resolution: .seconds(10), observer: { observe.yield(($0, late.withLock { $0 }?.pointCount(pod: pod) ?? 0)) },
            uptime: { clock.now.offset })
        late.withLock { $0 = store }
        store.store(NodeScrape(node: UsagePoint(timestampNanoseconds: 1, cpuNanoCoreSeconds: 1, memoryBytes: 1)), of: "empty")
        store.remove("failed")
        let point = UsagePoint(timestampNanoseconds: 1, cpuNanoCoreSeconds: 1, memoryBytes: 1)
        store.store(NodeScrape(pods: [PodPoints(name: pod, containers: [ContainerPoint(name: "main", point: point)])]), of: "node")
        observe.finish()
        var all: [(Set<String>, Int)] = []
        for await one in told { all.append(one) }
        #expect(all.count == 1 && all.first?.0 == ["shop"] && all.first?.1 == 1)
    }

    @Test(
        "where a node is found",
        arguments: [
            (["Hostname", "InternalIP"], "/stats", "https://10.0.0.1:10250/stats"),
            (["ExternalIP", "InternalIP"], "", "https://[fd00::1]:10250/metrics/resource"),
            (["InternalIP"], "a?b c\r\nHost: x%", "https://10.0.0.1:10250/a%3Fb%20c%0D%0AHost:%20x%25"),
        ])
    func addresses(types: [String], path: String, url: String) throws {
        var options = KubeletOptions()
        options.preferredAddressTypes = types
        let target = try ScrapeTarget(Self.node(path: path), options)
        #expect(target.url == url)
    }

    @Test(
        "a port that the node tells is taken where that is wanted, and if it is one", arguments: [(true, 4443, 4443), (true, 0, 1), (false, 4443, 1)])
    func port(isWanted: Bool, told: Int64, expected: Int) throws {
        var options = KubeletOptions()
        options.preferredAddressTypes = ["InternalIP"]
        options.usesNodeStatusPort = isWanted
        options.port = 1
        options.isPlain = true
        var node = Self.node(path: "")
        node.set(.integer(told), at: "status", "daemonEndpoints", "kubeletEndpoint", "Port")
        let target = try ScrapeTarget(node, options)
        #expect(target.url == "http://10.0.0.1:\(expected)/metrics/resource")
    }

    @Test("a node without a wanted address, or with one that is none, is told of with its name")
    func noAddress() throws {
        var options = KubeletOptions()
        options.preferredAddressTypes = ["InternalDNS"]
        var error = #expect(throws: KubeletFailure.self) { try ScrapeTarget(Self.node(path: ""), options) }
        #expect(
            error?.message.contains("node n has no address of type InternalDNS") == true && error?.message.contains("InternalIP, ExternalIP") == true)
        options.preferredAddressTypes = ["Hostname"]
        let odd = KubeObject(["metadata": ["name": "n"], "status": ["addresses": [["type": "Hostname", "address": "a b\r\nX: y"]]]])
        error = #expect(throws: KubeletFailure.self) { try ScrapeTarget(odd, options) }
        #expect(error?.kind == .address)
    }

    private static func node(path: String) -> KubeObject {
        KubeObject([
            "metadata": ["name": "n", "annotations": ["metrics.k8s.io/resource-metrics-path": .string(path)]],
            "status": ["addresses": [["type": "InternalIP", "address": "10.0.0.1"], ["type": "ExternalIP", "address": "fd00::1"]]],
        ])
    }

    @Test("containers that come and go are not remembered for ever, and warm scrapes equal cold ones")
    func decoder() throws {
        var decoder = ResourceMetricsDecoder()
        for round in 0..<200 {
            var text = ""
            for pod in 0..<10 {
                let labels = #"{container="c",namespace="n",pod="p\#(round / 2)-\#(pod)"}"#
                text += "container_cpu_usage_seconds_total\(labels) 1 \(round)\ncontainer_memory_working_set_bytes\(labels) 1 \(round)\n"
            }
            let bytes = Array(text.utf8)
            var cold = ResourceMetricsDecoder()
            let expected = try cold.decode(bytes.span, scrapeTimeMilliseconds: 0)
            let found = try decoder.decode(bytes.span, scrapeTimeMilliseconds: 0)
            #expect(found == expected && expected.pods.count == 10)
        }
    }

    /// Refuses its metrics until they are allowed; its summary is open until it is closed.
    private final class OldKubelet: NodeMetricsSource {
        struct Answers {
            var isAllowed = false
            var isClosed = false
            var paths: [String] = []
        }
        let answers = Mutex(Answers())

        func fetch(_ target: ScrapeTarget, _ done: @escaping @Sendable (Result<ByteBuffer, KubeletFailure>) -> Void) {
            let (count, isOpen) = answers.withLock { answers in
                answers.paths.append(target.path)
                return (answers.paths.count, target.isSummary ? !answers.isClosed : answers.isAllowed)
            }
            let time = Timestamp(seconds: Int64(count) * 10).description
            let summary = """
                {"node":{"cpu":{"time":"\(time)","usageCoreNanoSeconds":\(count)000},"memory":{"time":"\(time)","workingSetBytes":7}},"pods":[]}
                """
            let text = "node_cpu_usage_seconds_total \(count) \(count * 10_000)\nnode_memory_working_set_bytes 9 \(count * 10_000)\n"
            Task {
                done(isOpen ? .success(ByteBuffer(string: target.isSummary ? summary : text)) : .failure(KubeletFailure(.forbidden, "answers 403")))
            }
        }

        func giveUp(_ node: String, after limit: Duration) {}
        func forget(_ node: String) {}
        var paths: [String] { answers.withLock { $0.paths } }
    }

    @Test("a node that refuses its metrics is read by its summary, and by its metrics again once it allows them")
    func summaries() async throws {
        let clock = ManualClock()
        let source = OldKubelet()
        let log = LogRecorder()
        let store = UsageStore(resolution: .seconds(10), uptime: { clock.now.offset })
        let scraper = NodeScraper(
            period: .seconds(10), requestTimeout: .seconds(5), source: source, store: store,
            metrics: SelfMetrics(resolution: .seconds(10)) { store.read { $0.pointCounts } }, now: { Timestamp(seconds: 0) }, logger: log.logger)
        scraper.update("old", try Self.target("old"))
        func advance(until isReached: () -> Bool) async {
            while !isReached() {
                await clock.waitForSleepers()
                clock.advance(by: .seconds(1))
                await Task.yield()
            }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await scraper.run(on: clock) }
            await advance { store.read { $0.usage(node: "old") }?.memoryBytes == 7 }
            // Refused once, then the summary alone.
            #expect(source.paths.prefix(3).map { $0.hasPrefix("/stats/summary") } == [false, true, true])
            source.answers.withLock { $0.isAllowed = true }
            await advance { store.read { $0.usage(node: "old") }?.memoryBytes == 9 }
            let first = source.paths.dropFirst().firstIndex { !$0.hasPrefix("/stats/summary") } ?? 0
            #expect((50...70).contains(first) && source.paths[first...].allSatisfy { !$0.hasPrefix("/stats/summary") })
            // What both refuse is told as the metrics' refusal, and leaves nothing.
            source.answers.withLock { answers in (answers.isAllowed, answers.isClosed) = (false, true) }
            await advance { store.read { $0.usage(node: "old") } == nil }
            group.cancelAll()
        }
        #expect(log.text.split(separator: "\n").count { $0.contains("reads /stats/summary") } == 1, "\(log.text)")
        #expect(log.text.contains("answers 403"), "\(log.text)")
    }

    @Test("a summary is read as metrics-server before 0.4 did: pods that are told in part, or twice, do not count")
    func summaryDecoding() throws {
        let time = #""time":"2026-11-27T10:00:00Z""#
        func usage(_ cpu: String, _ memory: String) -> String {
            #""startTime":"2026-11-27T09:00:00Z","cpu":{\#(time),"usageCoreNanoSeconds":\#(cpu)},"memory":{\#(time),"workingSetBytes":\#(memory)}"#
        }
        func pod(_ name: String, _ containers: String) -> String {
            #"{"podRef":{"name":"\#(name)","namespace":"shop"},"containers":[\#(containers)]}"#
        }
        let text = """
            {"node":{\(usage("5", "6"))},"pods":[
            \(pod("web", #"{"name":"b",\#(usage("1", "2"))},{"name":"a",\#(usage("3", "4"))},{"name":"a",\#(usage("9", "9"))}"#)),
            \(pod("half", #"{"name":"a",\#(usage("1", "2"))},{"name":"b"}"#)), \(pod("idle", #"{"name":"a",\#(usage("0", "2"))}"#)),
            \(pod("none", "")), {"containers":[{"name":"a",\(usage("1", "2"))}]}, 7]}
            """
        let scrape = try SummaryDecoder.decode(Array(text.utf8), of: "n1")
        #expect(scrape.pods.map(\.name.name) == ["web"])
        #expect(scrape.pods.first?.containers.map(\.name) == ["b", "a"])
        let point = try #require(scrape.pods.first?.containers.last?.point)
        #expect((point.cpuNanoCoreSeconds, point.memoryBytes) == (3, 4))
        #expect(point.timestampNanoseconds - (point.startNanoseconds ?? 0) == 3_600_000_000_000)
        #expect(scrape.node?.cpuNanoCoreSeconds == 5)
        #expect(throws: KubeletFailure.self) { try SummaryDecoder.decode(Array("}{".utf8), of: "n1") }
        #expect(try SummaryDecoder.decode(Array("[]".utf8), of: "n1") == NodeScrape())
    }
}
