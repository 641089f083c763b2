// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI
import NIOCore
import NIOSSL
import Synchronization
import Testing
import UsageWindow

@testable import MetricsAPI

@Suite("A farm of kubelets over TLS, some of which misbehave", .timeLimit(.minutes(5)))
struct KubeletFarmTests {
    private static let now = RawKubelet.now()

    /// What a kubelet says at its request of that number.
    private static func metrics() -> String {
        let milliseconds = Self.now.nanosecondsSinceEpoch / 1_000_000 + Int64(began.duration(to: .now) / .milliseconds(1))
        let series = "{container=\"web\",namespace=\"shop\",pod=\"web\"}"
        return """
            node_cpu_usage_seconds_total \(Double(milliseconds % 1_000_000_000) / 1000) \(milliseconds)
            node_memory_working_set_bytes 1e6 \(milliseconds)
            container_cpu_usage_seconds_total\(series) \(Double(milliseconds % 1_000_000_000) / 2000) \(milliseconds)
            container_memory_working_set_bytes\(series) 65536 \(milliseconds)

            """
    }
    private static let began = ContinuousClock.now

    @Test("those that behave are fresh in each period, whatever the others do; what is wrong is told once")
    func farm() async throws {
        let ca = try CertificateAuthority.make(commonName: "kubernetes", now: Self.now)
        let tls = try RawKubelet.tls(try ca.issue(.server(commonName: "n", ipAddresses: ["127.0.0.1"]), now: Self.now))
        var kubelets: [RawKubelet] = []
        var healthy: [RawKubelet] = []
        for number in 0..<24 { healthy.append(try await RawKubelet("good-\(number)", tls: tls) { _ in .text(Self.metrics()) }) }
        let behaviours: [(String, Bool, @Sendable (Int) -> RawKubelet.Reply)] = [
            ("hangs", true, { _ in .nothing }), ("mute", false, { _ in .nothing }), ("resets", true, { _ in .end }),
            ("garbage", true, { _ in .text("<html>{{{\n") }), ("binary", true, { _ in .bytes(Array(0...255)) }),
            ("endless", true, { _ in .endless("# \(String(repeating: "x", count: 1000))\n") }), ("trickle", true, { _ in .trickle }),
            ("flaps", true, { $0 % 2 == 0 ? .text(Self.metrics()) : .end }),
        ]
        for (name, hasTLS, reply) in behaviours {
            for number in 0..<2 { kubelets.append(try await RawKubelet("\(name)-\(number)", tls: hasTLS ? tls : nil, reply)) }
        }
        let log = LogRecorder()
        let client = try KubeletClient(KubeletOptions(caPEM: ca.certificatePEM), now: RawKubelet.now)
        let period = Duration.seconds(3)
        let store = UsageStore(resolution: period, uptime: { .zero })
        let scraper = NodeScraper(
            period: period, requestTimeout: .milliseconds(2500), openings: 4, source: client, store: store,
            metrics: SelfMetrics(resolution: period) { store.read { $0.pointCounts } }, now: RawKubelet.now, logger: log.logger)
        for kubelet in kubelets + healthy { scraper.update(kubelet.name, try kubelet.target()) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await scraper.run(on: ContinuousClock()) }
            while healthy.contains(where: { $0.heads.count < 5 }) { try? await Task.sleep(for: .milliseconds(20)) }
            let counts = healthy.map(\.heads.count)
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 2, "\(counts)")
            #expect(healthy.allSatisfy { $0.connectionCount == 1 })
            for kubelet in healthy { #expect(store.read { $0.usage(node: kubelet.name) } != nil, "\(kubelet.name)") }
            for kubelet in kubelets where !kubelet.name.hasPrefix("flaps") {
                #expect(store.read { $0.usage(node: kubelet.name) } == nil, "\(kubelet.name)")
            }
            group.cancelAll()
        }
        await client.shutdown()
        for kubelet in kubelets + healthy { await kubelet.close() }
        #expect(!log.text.contains("good-"), "\(log.text)")
        let failures = log.text.split(separator: "\n").filter { $0.contains("cannot scrape a node") && !$0.contains("flaps-") }
        #expect(Set(failures).count == failures.count && !failures.isEmpty, "\(log.text)")
        #expect(log.text.contains("cannot scrape further nodes"), "\(log.text)")
    }
}
