// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import Foundation
import KubeModel
import TestKit
import Testing

@Suite("Vectors: exposition text is read as Prometheus reads it")
struct ExpositionVectorsTests {
    @Test("entries, and the error that ends them")
    func prometheus() throws {
        let vectors = try Vectors.load("exposition", from: .module).filtered { $0["kind"]?.string == "textparse-prometheus" }
        let failures = vectors.run("textparse-prometheus") { one in
            let found = Outcome(Array((one["body"]?.string ?? "").utf8))
            let expected = (one["entries"]?.array ?? []).map(Self.normalized)
            if found.entries != expected {
                return "entries \(JSONValue.array(found.entries).encodedText), expected \(JSONValue.array(expected).encodedText)"
            }
            let (error, wanted) = (found.error?.message ?? "none", one["error"]?.string ?? "none")
            return error == wanted ? nil : "error \(error), expected \(wanted)"
        }
        #expect(failures.isEmpty, "\(failures.prefix(10).map(\.description).joined(separator: "\n"))")
    }

    /// With the value as Swift prints it: both languages print the shortest text of a number, in other forms.
    private static func normalized(_ entry: JSONValue) -> JSONValue {
        guard let value = entry["value"]?.string.flatMap({ Double($0) }) else { return entry }
        var entry = entry
        entry["value"] = .string("\(value)")
        return entry
    }
}

/// A whole text read, in the vectors' form.
struct Outcome {
    var entries: [JSONValue] = []
    var error: ExpositionError?

    init(_ bytes: [UInt8]) {
        let text = bytes.span
        var reader = ExpositionReader()
        do {
            while let entry = try reader.next(text) { entries.append(Self.json(entry, reader.labels, bytes)) }
        } catch {
            self.error = error
        }
    }

    private static func json(_ entry: ExpositionReader.Entry, _ labels: [ExpositionReader.Label], _ bytes: [UInt8]) -> JSONValue {
        let text = bytes.span
        func raw(_ range: Range<Int>) -> JSONValue { .string(String(decoding: bytes[range], as: UTF8.self)) }
        switch entry {
        case .comment(let range): return ["type": "comment", "text": raw(range)]
        case .help(let name, let help): return ["type": "help", "name": raw(name), "text": .string(ExpositionEscapes.help(text, help))]
        case .type(let name, let type): return ["type": "type", "name": raw(name), "text": .string(type == .untyped ? "unknown" : type.rawValue)]
        case .sample(let sample):
            var set: JSONObject = ["__name__": .string(ExpositionEscapes.text(text, sample.name))]
            for label in labels { set[ExpositionEscapes.text(text, label.name)] = .string(ExpositionEscapes.text(text, label.value)) }
            var json: JSONObject = [
                "type": "series", "rawSeries": raw(sample.series), "labels": .object(set), "value": .string("\(sample.value)"),
            ]
            json["timestampMillis"] = sample.timestampMilliseconds.map { .integer($0) }
            return .object(json)
        }
    }
}
