// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import MetricRules
import NIOHTTP1

/// Answers `custom.metrics.k8s.io` and `external.metrics.k8s.io`.
///
/// - Source: sigs.k8s.io/custom-metrics-apiserver v1.30 pkg/apiserver, pkg/registry
struct RuledMetricsHandler: Sendable {
    private static let customGroup = RuledMetricsConfiguration.Group.custom.rawValue
    private static let externalGroup = RuledMetricsConfiguration.Group.external.rawValue

    let metrics: RuledMetrics
    /// The names of the objects of a kind in a namespace that a selector takes.
    let names: @Sendable (_ kind: ResourceKinds.Kind, _ namespace: String, _ labels: String) async throws -> [String]
    let now: @Sendable () -> Timestamp

    /// The preferred version first.
    private var versions: [String: [String]] {
        Dictionary(uniqueKeysWithValues: metrics.groups.map { ($0.rawValue, $0 == .custom ? ["v1beta2", "v1beta1"] : ["v1beta1"]) })
    }

    var groups: [DiscoveredGroup] { versions.sorted { $0.key < $1.key }.map { DiscoveredGroup(name: $0.key, versions: $0.value) } }

    /// What became of each rule, for whoever may read it.
    static let statusPath = "/debug/rules"

    func isAsked(_ path: String) -> Bool {
        path == Self.statusPath || versions.keys.contains { path == "/apis/\($0)" || path.hasPrefix("/apis/\($0)/") }
    }

    func handle(_ request: APIRequest) throws(APIError) -> APIAnswer {
        if request.path == Self.statusPath { return .ready(Self.json(["rules": .array(metrics.standings.map(\.json))])) }
        let parts = request.path.split(separator: "/").dropFirst().map(String.init)
        guard let group = parts.first, let versions = versions[group] else { throw .noSuchPath }
        guard request.method == .GET || request.method == .HEAD else { throw .methodNotAllowedOnPath }
        if parts.count == 1 {
            return .ready(Self.json(DiscoveryDocuments.apiGroup(DiscoveredGroup(name: group, versions: versions))))
        }
        let version = parts[1]
        guard versions.contains(version) else { throw .noSuchPath }
        if parts.count == 2 { return discovery(GroupVersion(group: group, version: version)) }
        if let forwarding = metrics.forwarding, let metric = parts.last, forwarding.takes(metric) {
            return .deferred { try await forwarding.answer(request) }
        }
        let rest = Array(parts[2...])
        if group == Self.externalGroup {
            guard rest.count == 3, rest[0] == "namespaces" else { throw .noSuchPath }
            let selector = try Self.selector(request, "labelSelector")
            return .deferred { try await self.external(rest[2], namespace: rest[1], selector) }
        }
        let question = try Question(rest, version, request)
        return .deferred { try await self.custom(question) }
    }

    private static func json(_ json: JSONValue) -> APIResponse {
        APIResponse(contentType: "application/json", body: json.encoded + [UInt8(ascii: "\n")])
    }

    private static func selector(_ request: APIRequest, _ name: String) throws(APIError) -> LabelSelector {
        do { return try request.query[name].map { text throws(SelectorError) in try LabelSelector(parsing: text) } ?? .everything } catch {
            throw .badRequest(error.message)
        }
    }

    // MARK: Discovery

    private func discovery(_ version: GroupVersion) -> APIAnswer {
        guard let forwarding = metrics.forwarding else { return .ready(Self.json(Self.list(version, resources(version)))) }
        return .deferred {
            // Of a metric that both make, the other's is what is served.
            let own = resources(version).filter { !forwarding.takes(String($0.name.split(separator: "/").last ?? "")) }
            return Self.json(Self.list(version, own + (await forwarding.resources(version))))
        }
    }

    private static func list(_ version: GroupVersion, _ resources: [DiscoveredResource]) -> JSONValue {
        DiscoveryDocuments.apiResourceList(version, resources.sorted { $0.name < $1.name })
    }

    private func resources(_ version: GroupVersion) -> [DiscoveredResource] {
        if version.group == Self.customGroup {
            return metrics.customMetrics.map {
                DiscoveredResource(name: "\($0.resource)/\($0.name)", isNamespaced: $0.isNamespaced, kind: "MetricValueList", verbs: ["get"])
            }
        }
        return metrics.externalMetrics.map {
            DiscoveredResource(name: $0, isNamespaced: true, kind: "ExternalMetricValueList", verbs: ["get"])
        }
    }

    // MARK: Custom metrics

    /// `[namespaces/NS/]RESOURCE/NAME/METRIC`, `namespaces/NS/metrics/METRIC`.
    private struct Question: Sendable {
        var metric: CustomMetric
        var namespace = ""
        /// `*` for all that the labels take.
        var name: String
        var version: String
        var labels: String
        var selector: LabelSelector

        init(_ parts: [String], _ version: String, _ request: APIRequest) throws(APIError) {
            var rest = parts[...]
            // `namespaces/NS/metrics/METRIC` and `namespaces/NS/METRIC` are of the namespace itself.
            let isOfNamespace = parts.count == 4 && parts[0] == "namespaces" && parts[2] == "metrics"
            if isOfNamespace { rest = ["namespaces", parts[1], parts[3]] }
            let isNamespaced = !isOfNamespace && parts.count == 5 && parts[0] == "namespaces"
            if isNamespaced {
                namespace = parts[1]
                rest = parts[2...]
            }
            guard rest.count == 3, let resource = rest.first, let metric = rest.last else { throw .noSuchPath }
            name = rest[rest.startIndex + 1]
            let group = resource.firstIndex(of: ".").map { String(resource[$0...].dropFirst()) } ?? ""
            self.metric = CustomMetric(
                resource: GroupResource(group: group, resource: String(resource.prefix { $0 != "." })), isNamespaced: isNamespaced, name: metric)
            self.version = version
            labels = request.query["labelSelector"] ?? ""
            _ = try RuledMetricsHandler.selector(request, "labelSelector")
            selector = try RuledMetricsHandler.selector(request, "metricLabelSelector")
        }
    }

    private func custom(_ question: Question) async throws -> APIResponse {
        let metric = question.metric
        guard let kind = metrics.kinds.kind(metric.resource) else { throw APIError.noMetric(metric.name, metric.resource) }
        let isList = question.name == "*"
        let wanted = isList ? try await names(kind, question.namespace, question.labels) : [question.name]
        guard !wanted.isEmpty,
            let values = try await metrics.values(of: metric, namespace: question.namespace, names: wanted, selector: question.selector)
        else { throw APIError.noMetric(metric.name, metric.resource) }
        let selector: JSONValue
        do { selector = question.selector.isEmpty ? .null : try question.selector.object() } catch { throw APIError.badRequest(error.message) }
        let items = wanted.compactMap { name -> JSONValue? in
            guard let value = values[name].flatMap({ OddValues.absent.quantity($0.value) }) else { return nil }
            return item(question, kind, name, value, selector)
        }
        guard isList || !items.isEmpty else { throw APIError.noMetric(metric.name, metric.resource, of: question.name) }
        return Self.json(
            [
                "kind": "MetricValueList", "apiVersion": .string("\(Self.customGroup)/\(question.version)"), "metadata": [:], "items": .array(items),
            ])
    }

    private func item(_ question: Question, _ kind: ResourceKinds.Kind, _ name: String, _ value: Quantity, _ selector: JSONValue) -> JSONValue {
        var object: JSONObject = ["kind": .string(kind.kind)]
        if !question.namespace.isEmpty { object["namespace"] = .string(question.namespace) }
        object["name"] = .string(name)
        object["apiVersion"] = .string("\(kind.group)/\(kind.version)")
        let (time, text) = (JSONValue.string(now().description), JSONValue.string(value.description))
        if question.version == "v1beta1" {
            return [
                "describedObject": .object(object), "metricName": .string(question.metric.name), "timestamp": time, "value": text,
                "selector": selector,
            ]
        }
        return [
            "describedObject": .object(object), "metric": ["name": .string(question.metric.name), "selector": selector], "timestamp": time,
            "value": text,
        ]
    }

    // MARK: External metrics

    private func external(_ name: String, namespace: String, _ selector: LabelSelector) async throws -> APIResponse {
        guard let samples = try await metrics.values(ofExternal: name, namespace: namespace, selector: selector) else {
            throw APIError.noMetric(name, nil)
        }
        let items = samples.compactMap { sample -> JSONValue? in
            guard let value = OddValues.absent.quantity(sample.value) else { return nil }
            let seconds = Timestamp(seconds: sample.time.seconds)
            return [
                "metricName": .string(name), "metricLabels": JSONValue(sample.labels), "timestamp": .string(seconds.description),
                "value": .string(value.description),
            ]
        }
        return Self.json(
            [
                "kind": "ExternalMetricValueList", "apiVersion": .string("\(Self.externalGroup)/v1beta1"), "metadata": [:], "items": .array(items),
            ])
    }
}

extension APIError {
    /// - Source: NewMetricNotFoundError, sigs.k8s.io/custom-metrics-apiserver v1.30 pkg/provider/errors.go
    fileprivate static func noMetric(_ metric: String, _ resource: GroupResource?, of name: String? = nil) -> Self {
        let place = (resource?.description ?? "") + (name.map { " \($0)" } ?? "")
        return Self(code: 404, reason: .notFound, message: "the server could not find the metric \(metric) for \(place)")
    }
}

extension RuledMetricsState.Standing {
    fileprivate var json: JSONValue {
        var json: JSONObject = ["rule": .string(rule), "series": .integer(Int64(seriesCount)), "metrics": .integer(Int64(metricCount))]
        if let configMap {
            json["configMap"] = .string(configMap.description)
            json["key"] = .string(key)
        }
        if !server.isEmpty { json["server"] = .string(server) }
        json["problem"] = problem.map { .string($0) }
        return .object(json)
    }
}
