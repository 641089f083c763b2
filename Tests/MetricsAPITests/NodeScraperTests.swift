// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Logging
import Synchronization
import TestKit
import Testing
import UsageWindow

@testable import MetricsAPI

@Suite("Scraping", .timeLimit(.minutes(5)))
struct NodeScraperTests {
    /// Counts scrapes; nodes named `slow…` never answer, `lying…` answer nonsense, `dead…` refuse.
    private final class Source: NodeMetricsSource {
        let counts = Mutex<[String: Int]>([:])

        func metrics(of target: ScrapeTarget) async throws -> [UInt8] {
            let count = counts.withLock { counts in
                counts[target.node, default: 0] += 1
                return counts[target.node] ?? 0
            }
            if target.node.hasPrefix("slow") { try await Task.sleep(for: .seconds(3600)) }
            if target.node.hasPrefix("dead") { throw KubeletError(message: "refused") }
            if target.node.hasPrefix("lying") { return Array("}{".utf8) }
            return Array("node_cpu_usage_seconds_total \(count) \(count)000\nnode_memory_working_set_bytes 1 \(count)000\n".utf8)
        }

        func count(_ node: String) -> Int { counts.withLock { $0[node] ?? 0 } }
    }

    private static func target(_ name: String) -> ScrapeTarget? {
        ScrapeTarget(
            KubeObject(["metadata": ["name": .string(name)], "status": ["addresses": [["type": "InternalIP", "address": "127.0.0.1"]]]]),
            KubeletOptions())
    }

    @Test("nodes that are slow, dead or lying hold up nobody, and are asked again")
    func others() async throws {
        let clock = ManualClock()
        let source = Source()
        let store = UsageStore(resolution: .seconds(10), uptime: { clock.now.offset })
        let scraper = NodeScraper(
            settings: .init(period: .seconds(10), requestTimeout: .seconds(5), concurrency: 2), source: source, store: store,
            now: { Timestamp(seconds: 0) }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let bad = (0..<3).flatMap { ["slow\($0)", "dead\($0)", "lying\($0)"] }
        for name in bad + ["good"] { scraper.update(name, Self.target(name)) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await scraper.run(on: clock) }
            while source.count("good") < 4 || source.count("slow0") < 2 || source.count("lying2") < 3 {
                await clock.waitForSleepers()
                clock.advance(by: .milliseconds(500))
                await Task.yield()
            }
            #expect(store.read { $0.usage(node: "good") }?.cpuNanocores == 1_000_000_000)
            #expect(bad.allSatisfy { name in store.read { $0.usage(node: name) } == nil })
            scraper.update("good", nil)
            #expect(store.read { $0.usage(node: "good") } == nil && !store.isReady)
            group.cancelAll()
        }
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
            (["Hostname", "InternalIP"], "https://10.0.0.1:10250/metrics/resource"),
            (["ExternalIP", "InternalIP"], "https://[fd00::1]:10250/metrics/resource"),
            (["InternalDNS"], nil),
        ])
    func addresses(types: [String], url: String?) {
        var options = KubeletOptions()
        options.preferredAddressTypes = types
        let node = KubeObject([
            "metadata": ["name": "n"],
            "status": ["addresses": [["type": "InternalIP", "address": "10.0.0.1"], ["type": "ExternalIP", "address": "fd00::1"]]],
        ])
        #expect(ScrapeTarget(node, options)?.url == url)
    }

    @Test("permits bound, queue and are given back, also when waiting is cancelled")
    func permits() async throws {
        let permits = Permits(1)
        let (gate, open) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .unbounded)
        let holder = Task { try await permits.run { for await _ in gate { break } } }
        try await Task.sleep(for: .milliseconds(20))
        let waiting = Task { try await permits.run { 1 } }
        let cancelled = Task { try await permits.run { 2 } }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        open.yield()
        try await holder.value
        #expect(try await waiting.value == 1)
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
}
