// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A JSONPath as printer columns, scale subresources and selectable fields use it.
///
///     .spec.replicas   .metadata.labels['a.b/c']   .metadata.labels.a\.b   .status.conditions[?(@.type=="Ready")].status
///     .items[0]   .items[-1]   .items[*].name   .items[0:2]
///
/// - Source: k8s.io/client-go util/jsonpath, without recursive descent and unions
package struct FieldPath: Sendable, Hashable, CustomStringConvertible {
    /// As it was written.
    package let text: String
    let steps: [Step]

    enum Step: Sendable, Hashable {
        case field(String)
        /// From the end where negative.
        case index(Int)
        case slice(Int?, Int?)
        case all
        case filter(Filter)
    }

    /// Elements whose field at `path` compares so; without a comparison, those that have it.
    struct Filter: Sendable, Hashable {
        var path: [Step]
        var comparison: Comparison?
        var value = JSONValue.null

        enum Comparison: String, Sendable, Hashable, CaseIterable {
            case same = "=="
            case different = "!="
            case atMost = "<="
            case atLeast = ">="
            case below = "<"
            case above = ">"
        }
    }

    /// - Throws: Where the text is not understood, with the place.
    package init(_ text: String) throws(FieldPathError) {
        var parser = FieldPathParser(text)
        steps = try parser.path()
        self.text = text
    }

    package var description: String { text }

    /// All that is found, in order; a field that is absent yields nothing.
    package func values(in value: JSONValue) -> [JSONValue] { Self.values(steps, in: value) }

    package func values(in object: JSONObject) -> [JSONValue] { values(in: .object(object)) }

    /// The names on the way, where the path has nothing but names.
    package var fieldNames: [String]? {
        let names = steps.compactMap { if case .field(let name) = $0 { name } else { nil } }
        return names.count == steps.count ? names : nil
    }

    /// Sets what the path leads to, making the objects on the way; nil removes it. False where the path is not of names alone.
    package func set(_ value: JSONValue?, in object: inout JSONObject) -> Bool {
        guard let names = fieldNames, !names.isEmpty else { return false }
        object.set(value, at: names[...])
        return true
    }

    static func values(_ steps: [Step], in value: JSONValue) -> [JSONValue] {
        var values = [value]
        for step in steps { values = values.flatMap { found(step, in: $0) } }
        return values
    }

    private static func found(_ step: Step, in value: JSONValue) -> [JSONValue] {
        switch (step, value) {
        case (.field(let name), .object(let object)): return object[name].map { [$0] } ?? []
        case (.all, .object(let object)): return object.map(\.value)
        case (.all, .array(let elements)): return elements
        case (.index(let index), .array(let elements)):
            let place = index < 0 ? elements.count + index : index
            return elements.indices.contains(place) ? [elements[place]] : []
        case (.slice(let first, let end), .array(let elements)):
            func place(_ index: Int) -> Int { min(max(index < 0 ? elements.count + index : index, 0), elements.count) }
            let start = place(first ?? 0)
            return Array(elements[start..<max(start, place(end ?? elements.count))])
        case (.filter(let filter), .array(let elements)): return elements.filter { filter.holds($0) }
        default: return []
        }
    }
}

extension FieldPath.Filter {
    func holds(_ element: JSONValue) -> Bool {
        let found = FieldPath.values(path, in: element)
        guard let comparison else { return !found.isEmpty }
        guard let left = found.first else { return false }
        switch comparison {
        case .same: return left.isSchemaEqual(to: value)
        case .different: return !left.isSchemaEqual(to: value)
        case .below: return order(left) == .below
        case .above: return order(left) == .above
        case .atMost: return order(left).map { $0 != .above } ?? false
        case .atLeast: return order(left).map { $0 != .below } ?? false
        }
    }

    private func order(_ left: JSONValue) -> JSONValue.NumericOrder? {
        guard let text = left.string, let other = value.string else { return left.numericOrder(to: value) }
        return text.utf8.lexicographicallyPrecedes(other.utf8) ? .below : text.utf8.elementsEqual(other.utf8) ? .same : .above
    }
}

package struct FieldPathError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    /// In characters, from the start of the path.
    package var offset: Int

    package var description: String { "\(message) at character \(offset)" }
}
