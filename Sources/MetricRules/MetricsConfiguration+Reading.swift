// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What is wrong with a configuration, and where.
package struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
    }

    package var path: [Step]
    package var message: String

    package init(path: [Step], message: String) {
        self.path = path
        self.message = message
    }

    /// `rules[2].name.matches`
    package var place: String {
        path.reduce(into: "") { text, step in
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .index(let index): text += "[\(index)]"
            }
        }
    }

    package var description: String { path.isEmpty ? message : "\(place): \(message)" }
}

extension MetricsConfiguration {
    /// A file's only document; null is an empty configuration.
    /// - Throws: `ConfigurationError` for the first key that is not known, and the first value of a wrong type.
    package init(_ json: JSONValue) throws(ConfigurationError) {
        let fields = try ConfigurationFields(json, [], ["rules", "externalRules", "resourceRules", "servers"])
        rules = try fields.list("rules") { value, path throws(ConfigurationError) in try DiscoveryRule(value, path) }
        externalRules = try fields.list("externalRules") { value, path throws(ConfigurationError) in try DiscoveryRule(value, path) }
        if let (value, path) = fields.value("resourceRules") { resourceRules = try ResourceRules(value, path) }
        if let (value, path) = fields.value("servers") { servers = try PrometheusServer.all(value, path) }
    }
}

extension DiscoveryRule {
    fileprivate init(_ json: JSONValue, _ path: [ConfigurationError.Step]) throws(ConfigurationError) {
        let fields = try ConfigurationFields(json, path, ["seriesQuery", "seriesFilters", "resources", "name", "metricsQuery", "server"])
        seriesQuery = try fields.text("seriesQuery")
        metricsQuery = try fields.text("metricsQuery")
        server = try fields.text("server")
        seriesFilters = try fields.list("seriesFilters") { value, path throws(ConfigurationError) in
            let fields = try ConfigurationFields(value, path, ["is", "isNot"])
            return SeriesFilter(is: try fields.text("is"), isNot: try fields.text("isNot"))
        }
        if let (value, path) = fields.value("resources") { resources = try ResourceMapping(value, path) }
        if let (value, path) = fields.value("name") {
            let fields = try ConfigurationFields(value, path, ["matches", "as"])
            name = NameMapping(matches: try fields.text("matches"), as: try fields.text("as"))
        }
    }
}

extension ResourceMapping {
    fileprivate init(_ json: JSONValue, _ path: [ConfigurationError.Step]) throws(ConfigurationError) {
        let fields = try ConfigurationFields(json, path, ["template", "overrides", "namespaced"])
        template = try fields.text("template")
        namespaced = try fields.truth("namespaced")
        guard let (value, path) = fields.value("overrides") else { return }
        guard let labels = value.object else {
            throw ConfigurationError(path: path, message: "is \(value.yamlKind), where labels and their resources belong")
        }
        for label in labels {
            let fields = try ConfigurationFields(label.value, path + [.key(label.key)], ["group", "resource"])
            overrides[label.key] = GroupResource(group: try fields.text("group"), resource: try fields.text("resource"))
        }
    }
}

extension ResourceRules {
    fileprivate init(_ json: JSONValue, _ path: [ConfigurationError.Step]) throws(ConfigurationError) {
        let fields = try ConfigurationFields(json, path, ["cpu", "memory", "window"])
        if let (value, path) = fields.value("cpu") { cpu = try ResourceRule(value, path) }
        if let (value, path) = fields.value("memory") { memory = try ResourceRule(value, path) }
        guard let (value, path) = fields.value("window") else { return }
        let text = try fields.text("window")
        guard let window = Duration(prometheusText: text) else {
            throw ConfigurationError(path: path, message: "not a valid duration string: \(value.encodedText) (such as 5m or 90s)")
        }
        self.window = window
    }
}

extension ResourceRule {
    fileprivate init(_ json: JSONValue, _ path: [ConfigurationError.Step]) throws(ConfigurationError) {
        let fields = try ConfigurationFields(json, path, ["containerQuery", "nodeQuery", "resources", "containerLabel", "server"])
        containerQuery = try fields.text("containerQuery")
        nodeQuery = try fields.text("nodeQuery")
        containerLabel = try fields.text("containerLabel")
        server = try fields.text("server")
        if let (value, path) = fields.value("resources") { resources = try ResourceMapping(value, path) }
    }
}

extension Duration {
    /// `1h30m`, each unit once, the greater before the lesser; `0`.
    /// - Source: ParseDuration, prometheus/common model/time.go
    package init?(prometheusText text: String) {
        if text == "0" {
            self = .zero
            return
        }
        let units: [(name: String, milliseconds: Int64)] = [
            ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
        ]
        var rest = Substring(text)
        var total: Int64 = 0
        var next = 0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !("0"..."9").contains($0) }
            rest = rest.dropFirst(unit.count)
            guard let count = Int64(digits), let place = units[next...].firstIndex(where: { $0.name == unit }) else { return nil }
            let (product, isTooLong) = count.multipliedReportingOverflow(by: units[place].milliseconds)
            let (sum, overflow) = total.addingReportingOverflow(product)
            guard !isTooLong, !overflow, sum < Int64.max / 1_000_000 else { return nil }
            total = sum
            next = place + 1
        }
        guard next > 0 else { return nil }
        self = .milliseconds(total)
    }
}
