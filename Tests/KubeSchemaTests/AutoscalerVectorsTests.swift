// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
@testable import KubeSchema
import TestKit
import Testing

@Suite("HPA conversion and validation vectors")
struct AutoscalerVectorsTests {
    let pipeline = ObjectPipeline()

    @Test("v1 and v2 read as the real API server shows them")
    func conversion() throws {
        let vectors = try Vectors.load("hpa_conversion", from: .module).filtered { $0["kind"] == "conversion" }
        #expect(!vectors.cases.isEmpty)
        let failures = vectors.run("conversion") { one in
            do throws(APIError) {
                let first = try stored(one["input"])
                for (field, version, object) in try [
                    ("asV1", "v1", first), ("asV2", "v2", first),
                    ("v1AgainViaV2", "v1", stored(one["asV2"])), ("v2AgainViaV1", "v2", stored(one["asV1"])),
                ] {
                    guard let expected = one[field] else { return "no error, expected \(one["error"]?.string ?? "?")" }
                    let served = JSONValue.object(try pipeline.served(object, as: GroupVersion(group: "autoscaling", version: version)).json)
                    if let difference = difference(served, expected) { return "\(field): \(difference)" }
                }
                return nil
            } catch {
                guard let expected = one["error"]?.string else { return error.message }
                return error.message.hasSuffix(expected) ? nil : "\(error.message), expected \(expected)"
            }
        }
        #expect(failures.isEmpty, "\(failures.prefix(5))")
    }

    private func stored(_ json: JSONValue?) throws(APIError) -> KubeObject {
        let json = json ?? [:]
        let kind = GroupVersionKind(apiVersion: json["apiVersion"]?.string ?? "", kind: json["kind"]?.string ?? "")
        // The vectors come from conversion alone: no defaults of the storage version in between.
        let decoded = try pipeline.decodeInOwnVersion(json, as: kind).object
        return try pipeline.formed(Conversion.convert(decoded, to: GroupVersion(group: "autoscaling", version: "v2")))
    }

    @Test("invalid HPAs get the real API server's causes")
    func validation() throws {
        let vectors = try Vectors.load("hpa_conversion", from: .module).filtered { $0["kind"] == "validation" }
        #expect(!vectors.cases.isEmpty)
        let failures = vectors.run("validation") { one in
            do throws(APIError) {
                let object = try stored(one["input"])
                let old = try one["old"].map(stored)
                let messages = errors(one, object, old).causes.map { "\($0.field): \($0.message)" }.sorted()
                let expected = (one["errors"]?.array ?? []).compactMap { $0["message"]?.string }.sorted()
                return messages == expected ? nil : "\(messages), expected \(expected)"
            } catch {
                return error.message
            }
        }
        #expect(failures.isEmpty, "\(failures.prefix(8))")
    }

    /// As upstream's strategy combines the rules.
    private func errors(_ one: JSONValue, _ object: KubeObject, _ old: KubeObject?) -> FieldErrors {
        var errors =
            old.map { MetadataRules.updateErrors(object, replacing: $0) } ?? MetadataRules.errors(object, names: .subdomain, isNamespaced: true)
        if one["subresource"] == "status" {
            errors.append(AutoscalerRules.statusErrors(object.status))
        } else {
            errors.append(AutoscalerRules.errors(object.spec, replacing: old?.spec, allowsScaleToZero: one["gateHPAScaleToZero"] == true))
        }
        return errors
    }
}

/// The first place where two trees differ.
func difference(_ left: JSONValue, _ right: JSONValue, at path: String = "") -> String? {
    switch (left, right) {
    case (.object(let left), .object(let right)):
        for key in Set(left.keys).union(right.keys).sorted() {
            guard let mine = left[key] else { return "\(path).\(key) is missing, expected \(right[key]?.encodedText ?? "")" }
            guard let theirs = right[key] else { return "\(path).\(key) is \(mine.encodedText), expected none" }
            if let difference = difference(mine, theirs, at: "\(path).\(key)") { return difference }
        }
        return nil
    case (.array(let left), .array(let right)) where left.count == right.count:
        for (index, pair) in zip(left, right).enumerated() {
            if let difference = difference(pair.0, pair.1, at: "\(path)[\(index)]") { return difference }
        }
        return nil
    default: return left == right ? nil : "\(path) is \(left.encodedText), expected \(right.encodedText)"
    }
}
