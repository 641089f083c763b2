// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Metrics
import Telemetry
import Testing

@Suite("The metrics registry")
struct MetricsRegistryTests {
    private let registry = MetricsRegistry(bounds: ["request_duration_seconds": [0.1, 1]])

    @Test("counts what handlers of one label and dimensions report as one series")
    func counters() {
        registry.describe("requests_total", "Requests.")
        for _ in 0..<2 { Counter(label: "requests_total", dimensions: [("verb", "GET"), ("code", "200")], factory: registry).increment(by: 2) }
        Counter(label: "requests_total", dimensions: [("code", "500"), ("verb", "GET")], factory: registry).increment()
        #expect(
            registry.snapshot == [
                MetricFamily(
                    name: "requests_total", kind: .counter, help: "Requests.",
                    samples: [
                        .init(labels: [.init(name: "code", value: "200"), .init(name: "verb", value: "GET")], value: .number(4)),
                        .init(labels: [.init(name: "code", value: "500"), .init(name: "verb", value: "GET")], value: .number(1)),
                    ])
            ])
    }

    @Test("keeps gauges as last set")
    func gauges() {
        let gauge = Gauge(label: "nodes", factory: registry)
        gauge.record(7)
        gauge.record(3)
        #expect(registry.snapshot.first?.samples.first?.value == .number(3))
    }

    @Test("sorts times into buckets, in seconds")
    func timers() {
        let timer = Timer(label: "request_duration_seconds", factory: registry)
        for milliseconds in [50, 100, 500, 5000] { timer.recordMilliseconds(milliseconds) }
        #expect(registry.snapshot.first?.samples.first?.value == .histogram(bounds: [0.1, 1], counts: [2, 1, 1], sum: 5.65))
    }

    @Test("is written as Prometheus reads it")
    func text() {
        registry.describe("request_duration_seconds", "How long requests took.")
        Counter(label: "requests_total", dimensions: [("path", "a\"b")], factory: registry).increment()
        Timer(label: "request_duration_seconds", dimensions: [("verb", "GET")], factory: registry).recordMilliseconds(500)
        let expected = """
            # HELP request_duration_seconds How long requests took.
            # TYPE request_duration_seconds histogram
            request_duration_seconds_bucket{verb="GET",le="0.1"} 0
            request_duration_seconds_bucket{verb="GET",le="1"} 1
            request_duration_seconds_bucket{verb="GET",le="+Inf"} 1
            request_duration_seconds_sum{verb="GET"} 0.5
            request_duration_seconds_count{verb="GET"} 1
            # HELP requests_total\u{20}
            # TYPE requests_total counter
            requests_total{path="a\\"b"} 1

            """
        #expect(String(decoding: registry.exposition, as: UTF8.self) == expected)
    }

    @Test("shows one type under a label, and names that readers accept")
    func names() {
        Counter(label: "a-b.c", factory: registry).increment()
        Gauge(label: "a-b.c", factory: registry).record(9)
        #expect(registry.snapshot.map(\.name) == ["a_b_c"])
        #expect(registry.snapshot.first?.samples.map(\.value) == [.number(1)])
    }
}
