// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// One step by which Prometheus rewrites, keeps or drops targets or series.
struct RelabelRule: Hashable {
    /// In lower case; nil for `replace`.
    var action: String?
    var sourceLabels: [String] = []
    var separator: String?
    var regex: String?
    var modulus: Int64?
    var targetLabel: String?
    var replacement: String?

    static func keep(_ labels: String..., matching regex: String) -> Self { Self(action: "keep", sourceLabels: labels, regex: regex) }
    static func drop(_ labels: String..., matching regex: String) -> Self { Self(action: "drop", sourceLabels: labels, regex: regex) }

    /// `target` becomes what `label` is, if only nothing.
    static func copy(_ label: String, to target: String) -> Self { Self(sourceLabels: [label], targetLabel: target) }

    /// `target` becomes what `label` is, and stays where that is nothing.
    static func copyPresent(_ label: String, to target: String) -> Self {
        Self(sourceLabels: [label], regex: "(.+)", targetLabel: target, replacement: "${1}")
    }

    /// `target` becomes `value`, letter by letter.
    static func set(_ target: String, to value: String) -> Self {
        Self(targetLabel: target, replacement: value.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$"))
    }

    var json: JSONValue {
        var json = JSONObject()
        if let action { json["action"] = .string(action) }
        if !sourceLabels.isEmpty { json["source_labels"] = JSONValue(sourceLabels) }
        if let separator { json["separator"] = .string(separator) }
        // The parser that Prometheus uses takes these two for nothing, even in quotes.
        if let regex { json["regex"] = .string(regex == "null" || regex == "~" ? "(?:\(regex))" : regex) }
        if let modulus { json["modulus"] = .integer(modulus) }
        if let targetLabel { json["target_label"] = .string(targetLabel) }
        if let replacement { json["replacement"] = .string(replacement) }
        return .object(json)
    }
}

extension String {
    /// The pattern that matches this text alone.
    var escapedForRegex: String { reduce(into: "") { $0 += "\\.+*?()|[]{}^$".contains($1) ? "\\\($1)" : String($1) } }
}
