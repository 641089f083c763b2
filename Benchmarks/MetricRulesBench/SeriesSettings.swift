// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import KubeModel

/// How many series there are: of each pod a hundred counters, of each namespace a hundred pods.
struct SeriesSettings: Sendable {
    static let metricsPerPod = 100
    static let podsPerNamespace = 100

    let podCount: Int

    /// - Parameter series: Rounded up to whole namespaces.
    init(series: Int) throws {
        guard (1...2_000_000).contains(series) else { throw BenchFailure("--series is from 1 to 2000000") }
        let perNamespace = Self.metricsPerPod * Self.podsPerNamespace
        podCount = (series + perNamespace - 1) / perNamespace * Self.podsPerNamespace
    }

    var seriesCount: Int { podCount * Self.metricsPerPod }
    var namespaceCount: Int { podCount / Self.podsPerNamespace }

    /// As the rules name it; Prometheus' has `_total` at its end.
    static func metric(_ number: Int) -> String { "http_requests_route\(number)" }
    static let metrics = (0..<metricsPerPod).map(metric)
    static func namespace(_ pod: Int) -> String { "shop-\(pod / podsPerNamespace)" }
    static func name(_ pod: Int) -> String { "podinfo-7d4b9c6f5d-\(10_000 + pod)" }
    /// A label's value that one pod of each namespace has.
    static func workload(_ pod: Int) -> String { "podinfo-\(pod % podsPerNamespace)" }

    static let rules = """
        rules:
        - seriesQuery: '{__name__=~"^http_requests_.*",namespace!="",pod!=""}'
          resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
          name: {matches: "^(.*)_total$"}
          metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[1m])) by (<<.GroupBy>>)
        externalRules:
        - seriesQuery: 'http_requests_route0_total{namespace!=""}'
          resources: {overrides: {namespace: {resource: namespace}}}
          name: {as: all_requests}
          metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[1m]))

        """
    static let seriesQuery = #"{__name__=~"^http_requests_.*",namespace!="",pod!=""}"#

    /// What the rules make of a question about the pods of the first namespace.
    static func query(_ metric: String) -> String {
        let pods = (0..<podsPerNamespace).map(name).joined(separator: "|")
        return "sum(rate(\(metric)_total{namespace=\"\(namespace(0))\",pod=~\"\(pods)\"}[1m])) by (pod)"
    }

    /// The pods as the API server has them.
    var pods: some Sequence<KubeObject> {
        (0..<podCount).lazy.map { number in
            var pod = KubeObject(
                GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: Self.namespace(number), name: Self.name(number))
            pod.labels = [
                "app": "podinfo", "app.kubernetes.io/name": "podinfo", "pod-template-hash": "7d4b9c6f5d", "workload": Self.workload(number),
            ]
            pod.set(.string("00000000-0000-4000-8000-\(String(100_000_000_000 + number))"), at: "metadata", "uid")
            pod["spec"] = ["nodeName": "node-0", "containers": [["name": "podinfod", "image": "stefanprodan/podinfo:0.0.1"]]]
            pod["status"] = ["phase": "Running", "podIP": "10.0.0.1", "hostIP": "10.0.0.2"]
            return pod
        }
    }
}
