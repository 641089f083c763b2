// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import KubeModel
import Testing

@testable import MetricsAPI

@Suite("What the metrics server tells of itself")
struct SelfMetricsTests {
    @Test("has upstream's names, labels, help texts and bounds, and forgets nodes that are gone")
    func text() throws {
        let metrics = SelfMetrics(resolution: .seconds(15)) { (nodes: 3, containers: 7) }
        metrics.requested("a\"b", at: .init(seconds: 1_700_000_000), took: .milliseconds(7), hasFailed: false)
        metrics.requested("gone", at: .init(seconds: 1_700_000_001), took: .seconds(11), hasFailed: true)
        metrics.forget("gone")
        metrics.tick(.seconds(12))
        metrics.served(ages: [3])
        metrics.served(ages: [0.5, 1000])
        let text = String(decoding: metrics.text, as: UTF8.self)
        let expected = [
            "# HELP metrics_server_api_metric_freshness_seconds [ALPHA] Freshness of metrics exported",
            "metrics_server_api_metric_freshness_seconds_bucket{le=\"1\"} 1", "metrics_server_api_metric_freshness_seconds_bucket{le=\"1.364\"} 1",
            "metrics_server_api_metric_freshness_seconds_bucket{le=\"3.4614453660160014\"} 2",
            "metrics_server_api_metric_freshness_seconds_bucket{le=\"364.31163045936864\"} 2",
            "metrics_server_api_metric_freshness_seconds_bucket{le=\"+Inf\"} 3", "metrics_server_api_metric_freshness_seconds_sum 1003.5",
            "metrics_server_kubelet_last_request_time_seconds{node=\"a\\\"b\"} 1700000000",
            "# TYPE metrics_server_kubelet_request_duration_seconds histogram",
            "metrics_server_kubelet_request_duration_seconds_bucket{node=\"a\\\"b\",le=\"0.005\"} 0",
            "metrics_server_kubelet_request_duration_seconds_bucket{node=\"a\\\"b\",le=\"0.01\"} 1",
            "metrics_server_kubelet_request_duration_seconds_count{node=\"a\\\"b\"} 1", "metrics_server_kubelet_request_total{success=\"false\"} 1",
            "metrics_server_kubelet_request_total{success=\"true\"} 1", "metrics_server_manager_tick_duration_seconds_bucket{le=\"10\"} 0",
            "metrics_server_manager_tick_duration_seconds_bucket{le=\"12.5\"} 1", "metrics_server_manager_tick_duration_seconds_bucket{le=\"30\"} 1",
            "metrics_server_storage_points{type=\"container\"} 7", "metrics_server_storage_points{type=\"node\"} 3",
        ]
        let lines = Set(text.split(separator: "\n").map(String.init))
        for line in expected { #expect(lines.contains(line), "\(line)") }
        #expect(!text.contains("gone"))
        for name in ["cpu_seconds_total", "max_fds", "open_fds", "resident_memory_bytes", "start_time_seconds", "virtual_memory_bytes"] {
            #expect(lines.contains { $0.hasPrefix("process_\(name) ") && !$0.hasSuffix(" 0") }, "\(name)")
        }
        // It is what a scraper reads.
        let bytes = metrics.text
        var reader = ExpositionReader()
        while try reader.next(bytes.span) != nil {}
    }

    @Test("the bounds of a tick have the resolution among them", arguments: [(1.0, 11, 10.0), (4, 12, 10), (60, 15, 120)])
    func bounds(seconds: Double, count: Int, last: Double) {
        let bounds = SelfMetrics.tickBounds(seconds)
        #expect(bounds.count == count && bounds.contains(seconds) && bounds.last == last && bounds == bounds.sorted())
    }
}
