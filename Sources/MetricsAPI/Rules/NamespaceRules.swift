// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import MetricRules

/// The rules that a namespace has for itself, as one key of a ConfigMap says.
struct NamespaceRules: Sendable {
    var configMap: NamespacedName
    var key: String
    /// Empty where they cannot be used.
    var rules = MetricsConfiguration()
    /// Why they cannot.
    var problem: String?

    /// A namespace may have so many: each asks Prometheus for its series again and again.
    static let mostRules = 100

    /// Each key of each ConfigMap, in the order of their names; of two rules that make the same metric the later one counts.
    static func all(_ configMaps: [KubeObject]) -> [NamespaceRules] {
        var counts: [String: Int] = [:]
        return configMaps.sorted { ($0.namespacedName.namespace, $0.name) < ($1.namespacedName.namespace, $1.name) }.flatMap { configMap in
            let texts = (configMap["data"]?.object ?? [:]).sorted { $0.key < $1.key }
            return texts.map { text in
                var own = NamespaceRules(configMap: configMap.namespacedName, key: text.key)
                do throws(ConfigurationError) { own.rules = try read(text.value.string ?? "") } catch { own.problem = error.description }
                let count = counts[own.configMap.namespace, default: 0] + own.rules.rules.count + own.rules.externalRules.count
                if count > mostRules {
                    own.rules = MetricsConfiguration()
                    own.problem = "the namespace would have \(count) rules by it, and may have \(mostRules)"
                } else {
                    counts[own.configMap.namespace] = count
                }
                return own
            }
        }
    }

    private static func read(_ text: String) throws(ConfigurationError) -> MetricsConfiguration {
        let documents: [JSONValue]
        do { documents = try YAML.documents(in: text) } catch { throw ConfigurationError(path: [], message: "\(error)") }
        guard documents.count < 2 else { throw ConfigurationError(path: [], message: "it holds \(documents.count) documents, and may hold one") }
        let rules = try MetricsConfiguration(documents.first ?? .null)
        if rules.resourceRules != nil {
            throw ConfigurationError(path: [.key("resourceRules")], message: "is for the server's own file: they tell of all nodes and pods")
        }
        if !rules.servers.isEmpty {
            throw ConfigurationError(path: [.key("servers")], message: "is for the server's own file: they have the server's credentials")
        }
        for (list, of) in [("rules", rules.rules), ("externalRules", rules.externalRules)] {
            guard let index = of.firstIndex(where: { !$0.server.isEmpty }) else { continue }
            throw ConfigurationError(
                path: [.key(list), .index(index), .key("server")], message: "is for the server's own file: another server's namespaces are others")
        }
        return rules
    }
}
