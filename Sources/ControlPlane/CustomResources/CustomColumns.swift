// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema

extension TableColumns {
    /// The name, and what a definition asks for; the age where it asks for nothing.
    ///
    /// - Source: `New`, `ConvertToTable`, k8s.io/apiextensions-apiserver pkg/registry/customresource/tableconvertor/tableconvertor.go
    static func custom(_ columns: [CustomResourceDefinition.PrinterColumn]) -> TableColumns {
        guard !columns.isEmpty else {
            return TableColumns(columns: [.name, TableColumn("Age", type: "date", description: TableColumn.age.description)]) { object, now in
                [.string(object.name), object.age(at: now)]
            }
        }
        return TableColumns(
            columns: [.name]
                + columns.map { column in
                    TableColumn(
                        column.name, type: column.type, format: column.format,
                        description: column.description.isEmpty
                            ? "Custom resource definition column (in JSONPath format): \(column.jsonPath)" : column.description,
                        priority: Int(column.priority))
                },
            cells: { object, now in
                [.string(object.name)] + columns.map { CustomCell.value($0.path?.values(in: object.json) ?? [], type: $0.type, now: now) }
            })
    }
}

/// A cell of a custom column: what the column's path found, in the column's type.
enum CustomCell {
    static func value(_ found: [JSONValue], type: String, now: Timestamp) -> JSONValue {
        guard let first = found.first else { return .null }
        switch type {
        case "string": return .string(found.map(text).joined(separator: " "))
        case "integer":
            switch first {
            case .integer: return first
            case .number(let number): return Int64(exactly: number.rounded(.towardZero)).map { .integer($0) } ?? .null
            default: return .null
            }
        case "number":
            switch first {
            case .integer, .number: return first
            default: return .null
            }
        case "boolean": return first.bool.map { .bool($0) } ?? .null
        case "date":
            guard let text = first.string else { return .null }
            return .string(Timestamp(text).map { HumanDuration.since($0, now: now) } ?? "<invalid>")
        default: return .null
        }
    }

    private static func text(_ value: JSONValue) -> String { value.string ?? (value.isNull ? "" : value.encodedText) }
}
