// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import ScalingRules
import Testing

@testable import HorizontalAutoscaler

@Suite("The autoscaler on custom and external metrics")
struct CustomMetricsTests {
    struct Source: Sendable, CustomTestStringConvertible {
        var name: String
        var metric: JSONValue
        /// Where it is to be asked for, with its query.
        var path: String
        var items: [JSONValue]
        var current: JSONValue

        var testDescription: String { name }
    }

    private static let custom = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop"

    static let sources = [
        Source(
            name: "of pods",
            metric: ["type": "Pods", "pods": ["metric": ["name": "rps"], "target": ["type": "AverageValue", "averageValue": "10"]]],
            path: "\(custom)/pods/%2A/rps?labelSelector=app%3Dweb",
            items: ["web-0", "web-1"].map { ["describedObject": ["kind": "Pod", "name": .string($0)], "value": "20"] },
            current: ["type": "Pods", "pods": ["metric": ["name": "rps"], "current": ["averageValue": "20"]]]),
        Source(
            name: "of an object",
            metric: [
                "type": "Object",
                "object": [
                    "describedObject": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "front"],
                    "metric": ["name": "rps", "selector": ["matchLabels": ["verb": "GET"]]], "target": ["type": "Value", "value": "10"],
                ],
            ], path: "\(custom)/deployments.apps/front/rps?metricLabelSelector=verb%3DGET", items: [["value": "20"]],
            current: [
                "type": "Object",
                "object": [
                    "describedObject": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "front"],
                    "metric": ["name": "rps", "selector": ["matchLabels": ["verb": "GET"]]], "current": ["value": "20"],
                ],
            ]),
        Source(
            name: "of the namespace",
            metric: [
                "type": "Object",
                "object": [
                    "describedObject": ["apiVersion": "v1", "kind": "Namespace", "name": "shop"], "metric": ["name": "rps"],
                    "target": ["type": "AverageValue", "averageValue": "5"],
                ],
            ], path: "\(custom)/metrics/rps", items: [["value": "20"]],
            current: [
                "type": "Object",
                "object": [
                    "describedObject": ["apiVersion": "v1", "kind": "Namespace", "name": "shop"], "metric": ["name": "rps"],
                    "current": ["averageValue": "10"],
                ],
            ]),
        Source(
            name: "external",
            metric: [
                "type": "External",
                "external": [
                    "metric": ["name": "queue depth", "selector": ["matchLabels": ["queue": "a"]]],
                    "target": ["type": "AverageValue", "averageValue": "5"],
                ],
            ], path: "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue%20depth?labelSelector=queue%3Da",
            items: [["value": "12"], ["value": "8"]],
            current: [
                "type": "External",
                "external": ["metric": ["name": "queue depth", "selector": ["matchLabels": ["queue": "a"]]], "current": ["averageValue": "10"]],
            ]),
    ]

    @Test("a metric is asked for where it is served, and grows its target", arguments: sources)
    func scales(_ source: Source) async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 10)
        cluster.autoscale("web", metrics: [source.metric])
        cluster.change { $0.metrics[String(source.path.prefix { $0 != "?" })] = .json(200, ["items": .array(source.items)]) }
        try await Rounds.run(cluster) { rounds in
            let report = try #require(await rounds.decisions()["web"])
            #expect(cluster.metricPaths == [source.path])
            #expect(cluster.replicas("web") == 4)
            #expect(report.decision.status.currentMetrics == [source.current])
        }
    }

    @Test("autoscalers that ask the same question share one answer a round")
    func shares() async throws {
        let cluster = ClusterModel()
        for name in ["web", "api", "worker"] {
            cluster.deploy(name, replicas: 2, usesMilli: 10)
            cluster.autoscale(name, metrics: [Self.sources[3].metric])
        }
        cluster.change { $0.metrics[String(Self.sources[3].path.prefix { $0 != "?" })] = .json(200, ["items": [["value": "10"]]]) }
        try await Rounds.run(cluster) { rounds in
            _ = await rounds.decisions(3)
            #expect(cluster.metricPaths.count == 1)
            await rounds.nextRound()
            _ = await rounds.decisions(3)
            #expect(cluster.metricPaths.count == 2)
        }
    }

    @Test("a metrics API that is missing, down or without a value reads as upstream's, and changes nothing")
    func failures() async throws {
        let cases: [(ClusterModel.ClientAnswer?, String)] = [
            (
                nil,
                "unable to fetch metrics from external metrics API: the server could not find the requested resource (get queue depth.external.metrics.k8s.io)"
            ),
            (
                .text(503, "service unavailable"),
                "unable to fetch metrics from external metrics API: the server is currently unable to handle the request (get queue depth.external.metrics.k8s.io)"
            ),
            (.json(200, ["items": []]), "no metrics returned from external metrics API"),
            (.text(200, "<html>"), "unable to fetch metrics from external metrics API"),
        ]
        for (answer, text) in cases {
            let cluster = ClusterModel()
            cluster.deploy("web", replicas: 2, usesMilli: 10)
            cluster.autoscale("web", metrics: [Self.sources[3].metric])
            cluster.change { $0.metrics[String(Self.sources[3].path.prefix { $0 != "?" })] = answer }
            try await Rounds.run(cluster) { rounds in
                let report = try #require(await rounds.decisions()["web"])
                #expect(report.decision.rescale == nil)
                let condition = report.decision.status.condition("ScalingActive")
                #expect(condition?.reason == "FailedGetExternalMetric" && condition?.message.contains(text) == true, "\(condition?.message ?? "")")
            }
        }
    }
}
