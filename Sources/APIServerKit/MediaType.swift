// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// A media type with its parameters: `application/json;as=Table;v=v1;g=meta.k8s.io`.
package struct MediaType: Sendable, Hashable {
    /// Lower case, as `subtype`.
    package var type: String
    package var subtype: String
    /// Names in lower case, values as written, quotes taken off.
    package var parameters: [String: String]

    package var essence: String { "\(type)/\(subtype)" }

    /// One entry of an `Accept` header, or a `Content-Type`; nil where it has no slash (`*` alone is taken for `*/*`, as clients of old send it).
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ";").map { $0.trimmedSpaces }
        guard let essence = parts.first, !essence.isEmpty else { return nil }
        if essence == "*" {
            (type, subtype) = ("*", "*")
        } else {
            let halves = essence.split(separator: "/", omittingEmptySubsequences: false)
            guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty else { return nil }
            (type, subtype) = (halves[0].lowercased(), halves[1].lowercased())
        }
        parameters = [:]
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let value = part[part.index(after: equals)...].trimmedSpaces
            parameters[part[..<equals].trimmedSpaces.lowercased()] = String(value.first == "\"" ? value.dropFirst().prefix { $0 != "\"" } : value)
        }
    }

    /// `q`: 0 refuses, 1 where missing or unreadable.
    package var quality: Double { parameters["q"].flatMap(Double.init).flatMap { $0.isFinite ? min(max($0, 0), 1) : nil } ?? 1 }

    /// 2 without a wildcard, 1 for `application/*`, 0 for `*/*`.
    var specificity: Int { (type == "*" ? 0 : 1) + (subtype == "*" ? 0 : 1) }

    func matches(_ offered: Representation.Encoding) -> Bool {
        type == "*" && subtype == "*" || type == "application" && (subtype == "*" || essence == offered.rawValue)
    }
}

extension StringProtocol {
    var trimmedSpaces: Substring {
        var rest = Substring(self)
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}
