// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel

/// A container's environment, from what its spec says and what the node knows.
struct ContainerEnvironment: Sendable {
    var fields: DownwardFields
    var node: ResourceLimits
    var material: PodMaterial
    /// Set for every container, and overridden by its own.
    var base: [String: String]

    /// - Throws: `NodeAgentError` naming the variable and what it refers to.
    func variables(of container: ContainerSpec) throws(NodeAgentError) -> [String: String] {
        var variables = base
        for source in container.json["envFrom"]?.array ?? [] {
            let prefix = source["prefix"]?.string ?? ""
            let kind = source["secretRef"] == nil ? PodMaterial.Kind.configMap : .secret
            guard let reference = source["configMapRef"] ?? source["secretRef"] else {
                throw unsupported("envFrom", "only configMapRef and secretRef")
            }
            for (key, value) in try data(kind, reference) { variables[prefix + key] = value }
        }
        for variable in container.json["env"]?.array ?? [] {
            let name = variable["name"]?.string ?? ""
            if let value = variable["value"]?.string {
                variables[name] = Self.expand(value, variables)
            } else if let source = variable["valueFrom"] {
                if let value = try self.value(name, source, container) { variables[name] = value }
            } else {
                variables[name] = ""
            }
        }
        return variables
    }

    /// nil where an optional reference leads nowhere.
    private func value(_ name: String, _ source: JSONValue, _ container: ContainerSpec) throws(NodeAgentError) -> String? {
        if let path = source["fieldRef"]?["fieldPath"]?.string {
            guard let value = fields.value(fieldPath: path) else {
                throw NodeAgentError(.configuration, "environment variable \(name): there is no field \(path)")
            }
            return value
        }
        if let reference = source["resourceFieldRef"] {
            let resource = reference["resource"]?.string ?? ""
            let divisor = Quantity(reference["divisor"])?.description ?? "1"
            guard let value = fields.value(resource: resource, of: container, divisor: divisor, node: node) else {
                throw NodeAgentError(.configuration, "environment variable \(name): there is no resource \(resource)")
            }
            return value
        }
        if let reference = source["configMapKeyRef"] ?? source["secretKeyRef"] {
            let kind = source["configMapKeyRef"] == nil ? PodMaterial.Kind.secret : .configMap
            let key = reference["key"]?.string ?? ""
            if let value = try data(kind, reference)[key] { return value }
            if reference["optional"]?.bool == true { return nil }
            let what = kind == .secret ? "Secret" : "ConfigMap"
            throw NodeAgentError(.configuration, "couldn't find key \(key) in \(what) \(fields.pod.namespace)/\(reference["name"]?.string ?? "")")
        }
        throw unsupported(name, "only fieldRef, resourceFieldRef, configMapKeyRef and secretKeyRef")
    }

    /// What is no text cannot be in an environment.
    private func data(_ kind: PodMaterial.Kind, _ reference: JSONValue) throws(NodeAgentError) -> [String: String] {
        let name = reference["name"]?.string ?? ""
        if let data = material.data(kind, name) { return data.compactMapValues { String(bytes: $0, encoding: .utf8) } }
        if reference["optional"]?.bool == true { return [:] }
        throw NodeAgentError(.configuration, "\(kind.rawValue) \"\(name)\" not found")
    }

    private func unsupported(_ variable: String, _ what: String) -> NodeAgentError {
        NodeAgentError(.configuration, "environment variable \(variable): this node takes \(what)")
    }

    /// `$(NAME)` is replaced where NAME is set, `$$(NAME)` is `$(NAME)`, all else stays.
    static func expand(_ text: String, _ variables: [String: String]) -> String {
        guard text.contains("$") else { return text }
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.hasPrefix("$") {
                result += "$"
                rest = rest.dropFirst()
            } else if rest.hasPrefix("("), let close = rest.firstIndex(of: ")") {
                let name = String(rest[rest.index(after: rest.startIndex)..<close])
                result += variables[name] ?? "$(\(name))"
                rest = rest[rest.index(after: close)...]
            } else {
                result += "$"
            }
        }
        return result + rest
    }
}
