// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import MetricRules
import TestKit
import Testing

@Suite("Vectors: rules are read and used as prometheus-adapter does")
struct PrometheusAdapterVectorsTests {
    @Test("configurations, the metrics that series make, queries and values")
    func adapter() throws {
        let vectors = try Vectors.load("prometheus_adapter", from: .module)
        let failures = vectors.run { one in
            do { return try AdapterCase(one).difference() } catch { return "\(error)" }
        }
        #expect(failures.isEmpty, "\(failures.prefix(10).map(\.description).joined(separator: "\n"))")
    }
}

/// One case, and what of it comes out otherwise.
private struct AdapterCase {
    let one: JSONValue
    private let kinds = Fixtures.kinds

    init(_ one: JSONValue) { self.one = one }

    func difference() throws -> String? {
        let stage = one["errorStage"]?.string
        let configuration: MetricsConfiguration
        do {
            let documents = try YAML.documents(in: one["configYAML"]?.string ?? "")
            configuration = try MetricsConfiguration(documents.first ?? .null)
        } catch {
            return stage == "parse" ? nil : "not read: \(error)"
        }
        guard stage != "parse" else { return "read, though upstream says: \(one["error"]?.string ?? "")" }
        let rules: [CompiledRule]
        let external: [CompiledRule]
        let resources: CompiledResourceRules?
        do { rules = try configuration.rules.map { try CompiledRule($0, kinds) } } catch { return failure("rules", error) }
        do { external = try configuration.externalRules.map { try CompiledRule($0, kinds) } } catch { return failure("externalRules", error) }
        do { resources = try configuration.resourceRules.map { try CompiledResourceRules($0, kinds) } } catch {
            return failure("resourceRules", error)
        }
        guard stage == nil else { return "made, though upstream says: \(one["error"]?.string ?? "")" }
        let found = rules.map { ($0, CustomMetricsTable.metrics(of: series($0), by: $0)) }
        let foundExternal = external.map { ($0, ExternalMetricsTable.metrics(of: series($0), by: $0)) }
        return try check(rules, "rules") ?? check(external, "externalRules") ?? check(CustomMetricsTable(found, kinds))
            ?? check(ExternalMetricsTable(foundExternal)) ?? check(resources)
    }

    /// Of Prometheus' own and Go's libraries only that there is an error counts; the texts before it are upstream's.
    private func failure(_ stage: String, _ error: any Error) -> String? {
        let expected = one["error"]?.string ?? ""
        guard one["errorStage"]?.string == stage else { return "\(stage): \(error), expected \(expected.isEmpty ? "no error" : expected)" }
        let (told, wanted) = ("\(error)", expected)
        func beginning(_ text: String) -> Substring { text.prefix(upTo: text.range(of: "template: ")?.lowerBound ?? text.endIndex) }
        return beginning(told) == beginning(wanted) ? nil : "\(stage): \(told), expected \(wanted)"
    }

    private func series(_ rule: CompiledRule) -> [Series] {
        (one["seriesBySelector"]?[rule.rule.seriesQuery]?.array ?? []).map { Series(name: $0["name"]?.string ?? "", labels: labels($0["labels"])) }
    }

    private func labels(_ json: JSONValue?) -> [String: String] {
        Dictionary(uniqueKeysWithValues: (json?.object ?? [:]).map { ($0.key, $0.value.string ?? "") })
    }

    private func samples(_ json: JSONValue?) -> [Sample] {
        (json?.array ?? []).map {
            Sample(labels: labels($0["labels"]), value: Fixtures.number($0["value"]?.string ?? ""), milliseconds: $0["timeUnixMilli"]?.int ?? 0)
        }
    }

    // MARK: Rules

    private func check(_ rules: [CompiledRule], _ key: String) -> String? {
        for (rule, expected) in zip(rules, one[key]?.array ?? []) {
            let filtered = series(rule).filter(rule.includes)
            var names: JSONObject = [:]
            var errors: JSONObject = [:]
            for series in filtered {
                do { names[series.name] = .string(try rule.metricName(of: series)) } catch { errors[series.name] = .string("\(error)") }
            }
            let sorted = { (object: JSONObject) in object.sorted { $0.key < $1.key }.map { [$0.key, $0.value.string ?? ""] } }
            if JSONValue(filtered.map(\.name)) != (expected["filteredSeriesNames"] ?? []) {
                return "filtered \(filtered.map(\.name)), expected \(expected)"
            }
            if sorted(names) != sorted(expected["metricNameBySeries"]?.object ?? [:]) { return "names \(names), expected \(expected)" }
            if sorted(errors) != sorted(expected["metricNameErrorBySeries"]?.object ?? [:]) { return "name errors \(errors), expected \(expected)" }
            if rule.rule.seriesQuery != expected["seriesSelector"]?.string { return "selects \(rule.rule.seriesQuery), expected \(expected)" }
        }
        return nil
    }

    private func check(_ table: CustomMetricsTable) throws -> String? {
        let offered = Set(table.metrics)
        let expected = Set((one["customMetrics"]?.array ?? []).map(Self.metric))
        if offered != expected { return "offers \(offered.subtracting(expected)), not \(expected.subtracting(offered))" }
        for request in one["customRequests"]?.array ?? [] {
            let asked = Self.metric(request)
            let selector = try LabelSelector(parsing: request["metricSelector"]?.string ?? "")
            let names = (request["names"]?.array ?? []).compactMap(\.string)
            let query = table.query(asked, namespace: request["namespace"]?.string ?? "", names: names, selector: selector, escaping: .none)
            if query != request["query"]?.string || (query != nil) != request["found"]?.bool {
                return "query \(query ?? "none"), expected \(request.encodedText)"
            }
            guard request["samples"] != nil, let name = names.first, let (metric, origin) = table.origin(of: asked) else { continue }
            let value = try value(of: metric, askedFor: asked.resource, origin, name, selector, samples(request["samples"]))
            if value != request["value"]?.string ?? request["valueError"]?.string { return "value \(value), expected \(request.encodedText)" }
        }
        return nil
    }

    /// As text, or why there is none.
    private func value(
        of metric: CustomMetric, askedFor resource: GroupResource, _ origin: CustomMetricsTable.Origin, _ name: String, _ selector: LabelSelector,
        _ samples: [Sample]
    ) throws -> String {
        let label = try origin.rule.label(of: metric.resource)
        guard let sample = samples.last(where: { $0.labels[label] ?? "" == name }) else {
            return "the server could not find the metric \(metric.name) for \(resource) \(name)"
        }
        do { _ = try selector.object() } catch { return "\(error)" }
        return OddValues.upstream.quantity(sample.value)?.description ?? "absent"
    }

    private static func metric(_ json: JSONValue) -> CustomMetric {
        CustomMetric(
            resource: GroupResource(group: json["group"]?.string ?? "", resource: json["resource"]?.string ?? ""),
            isNamespaced: json["namespaced"]?.bool ?? false, name: json["metric"]?.string ?? "")
    }

    private func check(_ table: ExternalMetricsTable) throws -> String? {
        let expected = (one["externalMetrics"]?.array ?? []).compactMap(\.string)
        if table.names != expected { return "offers \(table.names), expected \(expected)" }
        for request in one["externalRequests"]?.array ?? [] {
            let selector = try LabelSelector(parsing: request["metricSelector"]?.string ?? "")
            let name = request["metric"]?.string ?? ""
            guard let origin = table.origin(of: name) else {
                if request["found"]?.bool != false { return "not found: \(request.encodedText)" }
                continue
            }
            let told: String
            do {
                told = try origin.rule.externalQuery(
                    series: origin.series, namespace: request["namespace"]?.string ?? "", selector: selector, escaping: .none)
            } catch {
                if request["error"] == nil { return "\(error), expected \(request.encodedText)" }
                continue
            }
            if told != request["query"]?.string { return "query \(told), expected \(request.encodedText)" }
            guard let items = request["items"]?.array else { continue }
            for (sample, item) in zip(samples(request["samples"]), items) {
                let value = OddValues.upstream.quantity(sample.value, zeroesNaN: false)?.description
                if value != item["value"]?.string || labels(item["metricLabels"]) != sample.labels || name != item["metricName"]?.string {
                    return "value \(value ?? "none"), expected \(item.encodedText)"
                }
            }
        }
        return nil
    }

    // MARK: Resource rules

    private func check(_ rules: CompiledResourceRules?) throws -> String? {
        for request in one["resourceRequests"]?.array ?? [] {
            guard let rules else { return "no resource rules" }
            let names = (request["names"]?.array ?? []).compactMap(\.string)
            let namespace = request["namespace"]?.string ?? ""
            let subject: CompiledResourceRules.Subject = request["kind"]?.string == "nodes" ? .nodes : .pods(namespace: namespace)
            // A rule that makes no query answers with nothing.
            guard request["queries"]?.array?.isEmpty == false else {
                #expect(throws: RuleProblem.self) { try rules.query(.cpu, subject, names: names) }
                continue
            }
            let queries = try CompiledResourceRules.Resource.allCases.map { try rules.query($0, subject, names: names, escaping: .none) }
            if JSONValue(queries.sorted()) != request["queries"] {
                return "queries \(queries.sorted()), expected \(request["queries"]?.encodedText ?? "")"
            }
            let answers = queries.map { samples(request["resultsByQuery"]?[$0]) }
            let found = try rules.measurements(subject, cpu: answers[0], memory: answers[1], odd: .upstream)
            let told = JSONValue.array(names.compactMap { name in found[name].map { json($0, name, namespace, subject, rules.window) } })
            let expected = JSONValue.array((request["response"]?.array ?? []).map(Self.normalized))
            if told != expected { return "tells \(told.encodedText), expected \(expected.encodedText)" }
        }
        return nil
    }

    private func json(
        _ measurement: CompiledResourceRules.Measurement, _ name: String, _ namespace: String, _ subject: CompiledResourceRules.Subject,
        _ window: Duration
    ) -> JSONValue {
        var object: JSONObject = ["Name": .string(name)]
        object["Timestamp"] = .string(measurement.time.description)
        object["Window"] = .string(window.goText)
        object["Namespace"] = .string(namespace)
        func usage(_ usage: CompiledResourceRules.Usage) -> JSONValue {
            ["cpu": .string(usage.cpu.description), "memory": .string(usage.memory.description)]
        }
        if subject == .nodes {
            object["Usage"] = measurement.parts[""].map(usage)
        } else {
            object["Containers"] = .object(JSONObject(measurement.parts.sorted { $0.key < $1.key }.map { ($0.key, usage($0.value)) }))
        }
        return Self.normalized(.object(object))
    }

    /// With sorted keys, and times to the second.
    private static func normalized(_ json: JSONValue) -> JSONValue {
        switch json {
        case .object(let object): .object(JSONObject(object.sorted { $0.key < $1.key }.map { ($0.key, normalized($0.value)) }))
        case .string(let text): .string(Timestamp(text)?.description ?? text)
        default: json
        }
    }
}

enum Fixtures {
    /// Those that the vectors were made with.
    static let kinds = ResourceKinds(
        [
            ("", "pods", "pod"), ("", "services", "service"), ("", "replicationcontrollers", "replicationcontroller"),
            ("", "persistentvolumeclaims", "persistentvolumeclaim"), ("", "nodes", "node"), ("", "persistentvolumes", "persistentvolume"),
            ("", "namespaces", "namespace"), ("apps", "deployments", "deployment"), ("apps", "replicasets", "replicaset"),
            ("apps", "statefulsets", "statefulset"), ("apps", "daemonsets", "daemonset"), ("batch", "jobs", "job"),
            ("networking.k8s.io", "ingresses", "ingress"), ("cheese.io", "brands", "brand"),
        ].map { ResourceKinds.Kind(group: $0.0, plural: $0.1, singular: $0.2) })

    static func number(_ text: String) -> Double {
        switch text {
        case "NaN": .nan
        case "+Inf", "Inf": .infinity
        case "-Inf": -.infinity
        default: Double(text) ?? .nan
        }
    }
}
