// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

package struct TableColumn: Sendable, Hashable {
    package var name: String
    /// `string`, `integer`, `number`, `boolean`, `date`.
    package var type: String
    /// `name` marks the column that identifies the row.
    package var format: String
    package var description: String
    /// 0 is always shown; above it only by `-o wide`.
    package var priority: Int

    package init(_ name: String, type: String = "string", format: String = "", description: String = "", priority: Int = 0) {
        self.name = name
        self.type = type
        self.format = format
        self.description = description
        self.priority = priority
    }
}

/// What of its object each row carries, from the parameter `includeObject`.
package enum TableIncludeObject: String, Sendable, Hashable {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"

    /// Throws 400 for another word.
    package init(_ query: Query) throws(APIError) {
        guard let text = query["includeObject"], !text.isEmpty else {
            self = .metadata
            return
        }
        guard let known = Self(rawValue: text) else {
            throw .badRequest("unrecognized includeObject value: \"\(text)\"")
        }
        self = known
    }
}

/// Builds `meta.k8s.io` Tables, what `kubectl get` prints.
package struct TableBuilder: Sendable {
    package var columns: [TableColumn]
    /// `v1` or `v1beta1`.
    package var version: String
    package var includeObject: TableIncludeObject

    package init(columns: [TableColumn], version: String = "v1", includeObject: TableIncludeObject = .metadata) {
        self.columns = columns
        self.version = version
        self.includeObject = includeObject
    }

    package struct Row: Sendable {
        /// As many as there are columns.
        package var cells: [JSONValue]
        package var object: KubeObject

        package init(cells: [JSONValue], object: KubeObject) {
            self.cells = cells
            self.object = object
        }
    }

    /// - Parameters:
    ///   - metadata: the list's (`resourceVersion`, `continue`); for one object, its `resourceVersion`.
    ///   - includesColumns: a watch may leave them out after its first event.
    package func table(_ rows: [Row], metadata: JSONObject = [:], includesColumns: Bool = true) -> JSONValue {
        .object([
            "kind": "Table", "apiVersion": .string("meta.k8s.io/\(version)"), "metadata": .object(metadata),
            "columnDefinitions": includesColumns ? .array(columns.map(\.json)) : .null,
            "rows": .array(rows.map(json)),
        ])
    }

    private func json(_ row: Row) -> JSONValue {
        var json: JSONObject = ["cells": .array(row.cells)]
        switch includeObject {
        case .none: json["object"] = .null
        case .metadata: json["object"] = PartialMetadata.object(row.object, version: version)
        case .object: json["object"] = .object(row.object.json)
        }
        return .object(json)
    }
}

extension TableColumn {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "type": .string(type), "format": .string(format), "description": .string(description),
            "priority": .integer(Int64(priority)),
        ]
    }
}

/// Objects reduced to their metadata, for clients that want no more.
package enum PartialMetadata {
    package static func object(_ object: KubeObject, version: String = "v1") -> JSONValue {
        .object([
            "kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/\(version)"), "metadata": object["metadata"] ?? [:],
        ])
    }

    package static func list(_ objects: [KubeObject], metadata: JSONObject = [:], version: String = "v1") -> JSONValue {
        .object([
            "kind": "PartialObjectMetadataList", "apiVersion": .string("meta.k8s.io/\(version)"), "metadata": .object(metadata),
            "items": .array(objects.map { self.object($0, version: version) }),
        ])
    }
}
