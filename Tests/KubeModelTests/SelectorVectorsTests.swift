// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import TestKit
import Testing

@Suite("Vectors: selectors are read, written and matched as upstream does")
struct SelectorVectorsTests {
    @Test("label selectors, as text and as objects")
    func labels() throws {
        let failures = try Vectors.load("label_selector", from: .module).run { one in
            do {
                let isText = one["kind"] == "labelSelectorString"
                let selector = isText ? try LabelSelector(parsing: one["input"]?.string ?? "") : try LabelSelector(object: one["input"])
                if let error = one["error"]?.string { return "should fail: \(error)" }
                return Self.differences(selector, one)
            } catch {
                let expected = one["error"]?.string
                return "\(error)" == expected ? nil : "failed: \(error), expected \(expected ?? "success")"
            }
        }
        #expect(failures.isEmpty, "\(failures.prefix(10).map(\.description).joined(separator: "\n"))")
    }

    private static func differences(_ selector: LabelSelector, _ one: JSONValue) -> String? {
        if let text = one["string"]?.string, text != selector.description { return "string \(selector), expected \(text)" }
        if let isEmpty = one["empty"]?.bool, isEmpty != selector.isEmpty { return "empty \(selector.isEmpty)" }
        if let expected = one["requirements"]?.array {
            let found: [JSONValue] = selector.requirements.map {
                ["key": .string($0.key), "operator": .string($0.operator.rawValue), "values": JSONValue($0.sortedValues)]
            }
            if found != expected { return "requirements \(JSONValue.array(found).encodedText)" }
        }
        if let display = one["formatLabelSelector"]?.string, !selector.matchesNothing {
            let found = selector.description.isEmpty ? "<none>" : selector.description
            if found != display { return "formatLabelSelector \(found), expected \(display)" }
        }
        for match in one["matches"]?.array ?? [] {
            guard let labels = match["labels"]?.stringMap, let expected = match["matches"]?.bool else { return "unreadable case" }
            if selector.matches(labels) != expected { return "matches \(labels): \(!expected)" }
        }
        if let object = one["parseToLabelSelector"] {
            let found = try? selector.object()
            if found != object { return "parseToLabelSelector \(found?.encodedText ?? "failed"), expected \(object.encodedText)" }
        }
        if let expected = one["parseToLabelSelectorError"]?.string {
            do {
                return "parseToLabelSelector \(try selector.object().encodedText), should fail"
            } catch {
                return "\(error)" == expected ? nil : "parseToLabelSelector failed: \(error), expected \(expected)"
            }
        }
        return nil
    }

    @Test("field selectors")
    func fields() throws {
        let failures = try Vectors.load("field_selector", from: .module).run { one in
            let input = one["input"]?.string ?? ""
            if let escaped = one["escapedValue"]?.string, escaped != FieldSelector.escaped(input) { return "escaped \(FieldSelector.escaped(input))" }
            do {
                let selector = try FieldSelector(parsing: input)
                if let error = one["error"]?.string { return "should fail: \(error)" }
                return Self.differences(selector, one)
            } catch {
                let expected = one["error"]?.string
                return "\(error)" == expected ? nil : "failed: \(error), expected \(expected ?? "success")"
            }
        }
        #expect(failures.isEmpty, "\(failures.prefix(10).map(\.description).joined(separator: "\n"))")
    }

    private static func differences(_ selector: FieldSelector, _ one: JSONValue) -> String? {
        if let text = one["string"]?.string, text != selector.description { return "string \(selector), expected \(text)" }
        if let isEmpty = one["empty"]?.bool, isEmpty != selector.isEmpty { return "empty \(selector.isEmpty)" }
        if let expected = one["requirements"]?.array {
            let found: [JSONValue] = selector.requirements.map {
                ["field": .string($0.field), "operator": .string($0.isEqual ? "=" : "!="), "value": .string($0.value)]
            }
            if found != expected { return "requirements \(JSONValue.array(found).encodedText)" }
        }
        for match in one["matches"]?.array ?? [] {
            guard let fields = match["fields"]?.stringMap, let expected = match["matches"]?.bool else { return "unreadable case" }
            if selector.matches({ fields[$0] }) != expected { return "matches \(fields): \(!expected)" }
        }
        for exact in one["requiresExactMatch"]?.object ?? [:] where selector.exactValue(of: exact.key) != exact.value.string {
            return "requiresExactMatch \(exact.key): \(selector.exactValue(of: exact.key) ?? "none")"
        }
        return nil
    }
}
