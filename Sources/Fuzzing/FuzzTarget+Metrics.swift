// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import KubeModel
import MetricsAPI
import UsageWindow

extension FuzzTarget {
    static let metrics: [FuzzTarget] = [
        FuzzTarget("exposition text", corpus: expositions, words: expositionWords) { input in
            var reader = ExpositionReader()
            var samples = 0
            while let entry = try? reader.next(input.span) {
                guard case .sample(let sample) = entry else { continue }
                samples += 1
                let ranges = [sample.series, sample.name] + reader.labels.flatMap { [$0.name, $0.value] }
                try check(ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= input.count }, "a range reaches beyond the text: \(ranges)")
                try check(sample.series.upperBound >= sample.name.upperBound, "a name outside its series")
            }
            return samples > 0
        },
        FuzzTarget("kubelet's resource metrics", corpus: expositions, words: expositionWords) { input in
            var cold = ResourceMetricsDecoder()
            var warm = ResourceMetricsDecoder()
            for text in expositions { _ = try? warm.decode(Array(text.utf8).span, scrapeTimeMilliseconds: 1) }
            guard let scrape = try? cold.decode(input.span, scrapeTimeMilliseconds: 1) else {
                try check((try? warm.decode(input.span, scrapeTimeMilliseconds: 1)) == nil, "it is refused, but not after other scrapes")
                return false
            }
            try check(Set(scrape.pods.map(\.name)).count == scrape.pods.count, "a pod is told twice")
            for pod in scrape.pods {
                try check(
                    !pod.containers.isEmpty && Set(pod.containers.map(\.name)).count == pod.containers.count, "containers of \(pod.name) are amiss")
                try check(pod.containers.allSatisfy { $0.point.cpuNanoCoreSeconds > 0 && $0.point.memoryBytes > 0 }, "a usage of nothing")
            }
            // What was read before changes nothing but the order.
            let again = try warm.decode(input.span, scrapeTimeMilliseconds: 1)
            try check(sorted(again) == sorted(scrape) && again.node == scrape.node, "it is read otherwise after other scrapes")
            return true
        },
        FuzzTarget(
            "kubelet's summary", corpus: summaries,
            words: ["{", "}", "[", "]", ",", "\"name\":", "\"a\"", "\"p\"", "0", "1", "null", "-", "e5", "\"time\":"]
        ) {
            input in
            guard let scrape = try? SummaryDecoder.decode(input, of: "n") else { return false }
            var table = UsageTable(resolution: .seconds(60))
            for _ in 0..<2 { table.store(scrape, of: "n") }
            for pod in scrape.pods { try check(table.pointCount(pod: pod.name) > 0, "\(pod.name) was told, and is not known") }
            var later = scrape
            later.pods.reverse()
            table.store(later, of: "n")
            table.remove("n")
            try check(scrape.pods.allSatisfy { table.pointCount(pod: $0.name) == 0 }, "a pod stays of a node that went")
            return true
        },
    ]

    private static let summaries = [
        #"""
        {"node":{"startTime":"2026-11-27T09:00:00Z","cpu":{"time":"2026-11-27T10:00:00Z","usageCoreNanoSeconds":5},"memory":{"time":"2026-11-27T10:00:00Z","workingSetBytes":6}},"pods":[{"podRef":{"name":"p","namespace":"n"},"containers":[{"name":"a","cpu":{"time":"2026-11-27T10:00:00Z","usageCoreNanoSeconds":1},"memory":{"workingSetBytes":2}},{"name":"b","cpu":{"time":"2026-11-27T10:00:00Z","usageCoreNanoSeconds":1},"memory":{"workingSetBytes":2}}]},{"podRef":{"name":"p","namespace":"n"},"containers":[{"name":"a","cpu":{"time":"2026-11-27T10:00:00Z","usageCoreNanoSeconds":1},"memory":{"workingSetBytes":2}}]}]}
        """#, #"{"pods":[{},{"podRef":{}},7]}"#,
    ]

    private static func sorted(_ scrape: NodeScrape) -> [PodPoints] {
        scrape.pods.map { PodPoints(name: $0.name, containers: $0.containers.sorted { $0.name < $1.name }) }
            .sorted { ($0.name.namespace, $0.name.name) < ($1.name.namespace, $1.name.name) }
    }

    private static let expositions = [
        """
        # HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds
        # TYPE container_cpu_usage_seconds_total counter
        container_cpu_usage_seconds_total{container="a",namespace="n",pod="p"} 40.384910049 1750705768415
        container_cpu_usage_seconds_total{container="b",namespace="n",pod="p"} 1e-3 1750705768415
        container_memory_working_set_bytes{container="a",namespace="n",pod="p"} 1.7391616e+07 1750705768415
        container_memory_working_set_bytes{container="b",namespace="n",pod="p"} 4096 1750705768415
        container_start_time_seconds{container="a",namespace="n",pod="p"} 1.7506078418297591e+09
        node_cpu_usage_seconds_total 6197.005020909 1750705774670
        node_memory_working_set_bytes 1.137475584e+09 1750705774670
        resource_scrape_error 0

        """,
        """
        container_cpu_usage_seconds_total{pod="q",namespace="n",container="c",} 5
        {"container_memory_working_set_bytes",namespace="n",pod="q","container"="c"} +Inf
        container_memory_working_set_bytes{ container = "c" , namespace="n" , pod="q\\"\\\\\\n" } 6 -1

        """,
        "node_cpu_usage_seconds_total 1 1\nnode_memory_working_set_bytes NaN\n#\n# EOF\n",
    ]

    private static let expositionWords = [
        "container", "pod", "namespace", "=", "\"", "{", "}", ",", " ", "\n", "\\", "NaN", "-Inf", "1e309", "0x1p3", "-0", "9223372036854775807",
        "# TYPE ",
        "# HELP ", "counter", "\u{0}", "é", "node_cpu_usage_seconds_total", "container_cpu_usage_seconds_total",
        "container_memory_working_set_bytes",
    ]
}
