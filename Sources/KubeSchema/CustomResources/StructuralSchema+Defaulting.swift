// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension StructuralSchema {
    /// The object with the schema's defaults, wherever the object around a default is there.
    ///
    /// A null where the schema takes none becomes the default; where there is no default, the member goes.
    ///
    /// - Source: `PruneNonNullableNullsWithoutDefaults`, `Default`, k8s.io/apiextensions-apiserver pkg/apiserver/schema/defaulting
    package func defaulted(_ object: JSONObject) -> JSONObject {
        guard case .object(let result) = defaulted(.object(withoutNulls(object))) else { return object }
        return result
    }

    private func defaulted(_ json: JSONValue) -> JSONValue {
        switch json {
        case .object(let object): return .object(defaultedMembers(object))
        case .array(let elements):
            guard let items else { return json }
            return .array(
                elements.map { element in
                    let value = element.isNull && !items.isNullable ? items.defaultValue ?? .null : element
                    return items.defaulted(value)
                })
        default: return json
        }
    }

    private func defaultedMembers(_ object: JSONObject) -> JSONObject {
        var result: [JSONObject.Member] = []
        result.reserveCapacity(object.count)
        for member in object {
            guard let schema = self.member(named: member.key) else {
                result.append(member)
                continue
            }
            let value = member.value.isNull && !schema.isNullable ? schema.defaultValue ?? .null : member.value
            result.append(.init(member.key, schema.defaulted(value)))
        }
        for property in facts.properties where object[property.name] == nil {
            if let value = property.schema.defaultValue { result.append(.init(property.name, property.schema.defaulted(value))) }
        }
        return JSONObject(unsorted: result)
    }

    private func withoutNulls(_ object: JSONObject) -> JSONObject {
        JSONObject(
            unsorted: object.compactMap { member in
                guard let schema = self.member(named: member.key) else { return member }
                if member.value.isNull, !schema.isNullable, schema.defaultValue == nil { return nil }
                return .init(member.key, schema.withoutNulls(member.value))
            })
    }

    private func withoutNulls(_ json: JSONValue) -> JSONValue {
        switch json {
        case .object(let object): .object(withoutNulls(object))
        case .array(let elements): items.map { items in .array(elements.map { items.withoutNulls($0) }) } ?? json
        default: json
        }
    }
}
