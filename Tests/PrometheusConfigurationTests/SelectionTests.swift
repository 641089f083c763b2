// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import PrometheusConfiguration
import Testing

@Suite("The Prometheus object's selectors")
struct SelectionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var spec: JSONValue
        var jobs: [String]
        var testDescription: String { spec.encodedText }
    }

    /// Source: the selectors' descriptions in prometheus-operator's API reference
    static let cases = [
        Case(spec: [:], jobs: []),
        Case(spec: ["serviceMonitorSelector": .null, "serviceMonitorNamespaceSelector": [:]], jobs: []),
        Case(spec: ["serviceMonitorSelector": [:]], jobs: ["monitoring/own"]),
        Case(spec: ["serviceMonitorSelector": [:], "serviceMonitorNamespaceSelector": .null], jobs: ["monitoring/own"]),
        Case(spec: ["serviceMonitorSelector": [:], "serviceMonitorNamespaceSelector": [:]], jobs: ["dark/web", "monitoring/own", "shop/web"]),
        Case(
            spec: ["serviceMonitorSelector": [:], "serviceMonitorNamespaceSelector": ["matchLabels": ["team": "shop"]]], jobs: ["shop/web"]),
        Case(
            spec: ["serviceMonitorSelector": ["matchLabels": ["tier": "front"]], "serviceMonitorNamespaceSelector": [:]], jobs: ["dark/web"]),
        Case(
            spec: [
                "serviceMonitorSelector": ["matchExpressions": [["key": "tier", "operator": "DoesNotExist"]]], "serviceMonitorNamespaceSelector": [:],
            ], jobs: ["monitoring/own", "shop/web"]),
        Case(spec: ["serviceMonitorSelector": "all", "serviceMonitorNamespaceSelector": [:]], jobs: []),
        Case(spec: ["serviceMonitorSelector": [:], "serviceMonitorNamespaceSelector": ["matchLabels": "x"]], jobs: []),
        Case(spec: ["serviceMonitorSelector": ["matchExpressions": [["key": "a", "operator": "Like"]]]], jobs: []),
        Case(spec: ["serviceMonitorSelector": ["matchLabels": ["a": 1]]], jobs: []),
    ]

    @Test("take what they select, and nothing where one is absent or wrong", arguments: cases)
    func selection(case one: Case) throws {
        var objects = MonitoringObjects(prometheus: Fixtures.prometheus(one.spec))
        objects.namespaces = ["shop": ["team": "shop"], "dark": [:], "monitoring": [:]]
        var labelled = Fixtures.serviceMonitor()
        labelled.set("dark", at: "metadata", "namespace")
        labelled.labels = ["tier": "front"]
        var own = Fixtures.serviceMonitor("own")
        own.set("monitoring", at: "metadata", "namespace")
        objects.serviceMonitors = [Fixtures.serviceMonitor(), labelled, own]
        let configuration = ServerConfiguration(objects, in: Fixtures.environment())
        #expect(try configuration.jobs().map { $0["job_name"] } == one.jobs.map { .string("serviceMonitor/\($0)/0") })
    }

    @Test("are reported where they are wrong")
    func reported() {
        let objects = MonitoringObjects(prometheus: Fixtures.prometheus(["ruleSelector": ["matchLabels": ["a b": "c"]]]))
        let problems = ServerConfiguration(objects, in: Fixtures.environment()).problems
        #expect(problems.map(\.field) == ["spec.ruleSelector"])
    }
}
