// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ExpositionText
import KubeModel
import KubeStore
import Telemetry

/// The API server's `/metrics`.
///
/// - Source: names of k8s.io/apiserver pkg/endpoints/metrics/metrics.go, kube-aggregator pkg/controllers/status/metrics/metrics.go
struct APIServerMetrics: Sendable {
    let requests: RequestCounter
    let store: ResourceStore

    var text: [UInt8] {
        var writer = ExpositionWriter(reservingCapacity: 16 << 10)
        let counts = requests.snapshot.map { key, count in
            (
                labels: [
                    ("code", String(key.code)), ("component", "apiserver"), ("group", key.group), ("resource", key.resource),
                    ("subresource", key.subresource), ("verb", key.verb), ("version", key.version),
                ], count: count
            )
        }
        // The second is what 1.13 and before called it.
        for name in ["apiserver_request_total", "apiserver_request_count"] {
            writer.family(name, .counter, help: "Requests that were answered, by what they were for and how they were answered")
            for (labels, count) in counts { writer.sample(name, labels: labels, integer: count) }
        }
        writer.family("aggregator_unavailable_apiservice", .gauge, help: "1 for an APIService that is not available, 0 otherwise")
        for service in store.objects.list(GroupResource(group: "apiregistration.k8s.io", resource: "apiservices"), namespace: nil).objects {
            let available = service.status["conditions"]?.array?.first { $0["type"]?.string == "Available" }?["status"]?.string
            writer.sample("aggregator_unavailable_apiservice", labels: [("name", service.name)], integer: available == "True" ? 0 : 1)
        }
        ProcessMetrics().write(to: &writer)
        return writer.bytes
    }
}
