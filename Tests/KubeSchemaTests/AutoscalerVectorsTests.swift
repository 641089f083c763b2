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

    @Test("v1 and v2 read as the real API server shows them, and invalid HPAs get its causes")
    func conversionAndValidation() throws {
        let failures = try Vectors.load("hpa_conversion", from: .module).run { one in
            switch one["kind"]?.string {
            case "conversion": conversion(one)
            case "validation": validation(one)
            case let kind: "unknown kind \(kind ?? "")"
            }
        }
        #expect(failures.isEmpty, "\(failures.prefix(5))")
    }

    private func conversion(_ one: JSONValue) -> String? {
        do throws(APIError) {
            let first = try stored(one["input"])
            for (field, version, object) in try [
                ("asV1", "v1", first), ("asV2", "v2", first),
                ("v1AgainViaV2", "v1", stored(one["asV2"])), ("v2AgainViaV1", "v2", stored(one["asV1"])),
            ] {
                guard let expected = one[field] else { return "no error, expected \(one["error"]?.string ?? "?")" }
                let served = JSONValue.object(try pipeline.served(object, as: GroupVersion(group: "autoscaling", version: version)).json)
                if let difference = JSONDifference(served, from: expected, at: field) { return "\(difference)" }
            }
            return nil
        } catch {
            guard let expected = one["error"]?.string else { return error.message }
            return error.message.hasSuffix(expected) ? nil : "\(error.message), expected \(expected)"
        }
    }

    private func validation(_ one: JSONValue) -> String? {
        do throws(APIError) {
            let object = try stored(one["input"])
            let old = try one["old"].map(stored)
            let messages = errors(one, object, old).causes.map { "\($0.field): \($0.message)" }.sorted()
            let expected = (one["errors"]?.array ?? []).compactMap { $0["message"]?.string }.sorted()
            return JSONDifference(JSONValue(messages), from: JSONValue(expected), at: "errors").map { "\($0)" }
        } catch {
            return error.message
        }
    }

    private func stored(_ json: JSONValue?) throws(APIError) -> KubeObject {
        let json = json ?? [:]
        let kind = GroupVersionKind(apiVersion: json["apiVersion"]?.string ?? "", kind: json["kind"]?.string ?? "")
        // The vectors come from conversion alone: no defaults of the storage version in between.
        let decoded = try pipeline.decodeInOwnVersion(json, as: kind).object
        return try pipeline.formed(Conversion.convert(decoded, to: GroupVersion(group: "autoscaling", version: "v2")))
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
