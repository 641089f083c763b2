// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// One entry of `metadata.managedFields`: the fields that a manager owns.
package struct ManagedFieldsEntry: Sendable, Hashable {
    package enum Operation: String, Sendable, Hashable {
        /// By server-side apply: what the manager leaves out next time is removed.
        case apply = "Apply"
        /// By any other write.
        case update = "Update"
    }

    package var manager: String
    package var operation: Operation
    /// The version that `fields` is meant in.
    package var apiVersion: String
    /// Empty for the object's main resource.
    package var subresource: String
    /// When the manager last changed something.
    package var time: Timestamp?
    package var fields: FieldSet

    package init(manager: String, operation: Operation, apiVersion: String, subresource: String = "", time: Timestamp? = nil, fields: FieldSet) {
        self.manager = manager
        self.operation = operation
        self.apiVersion = apiVersion
        self.subresource = subresource
        self.time = time
        self.fields = fields
    }

    /// - Throws: `FieldsV1Error` for an operation or a form that is not known, for no version, and for unreadable fields.
    /// - Source: `DecodeManagedFields`, apimachinery pkg/util/managedfields/internal/managedfields.go
    package init(_ json: JSONValue) throws(FieldsV1Error) {
        guard let operation = Operation(rawValue: json["operation"]?.string ?? "") else {
            throw FieldsV1Error("operation must be `Apply` or `Update`")
        }
        guard let version = json["apiVersion"]?.string, !version.isEmpty else { throw FieldsV1Error("apiVersion must not be empty") }
        switch json["fieldsType"]?.string ?? "" {
        case "FieldsV1": break
        case "": throw FieldsV1Error("missing fieldsType in managed fields entry")
        case let other: throw FieldsV1Error("invalid fieldsType \"\(other)\" in managed fields entry")
        }
        let fields = json["fieldsV1"] ?? .null
        self.init(
            manager: json["manager"]?.string ?? "", operation: operation, apiVersion: version, subresource: json["subresource"]?.string ?? "",
            time: json["time"]?.timestamp, fields: fields.isNull ? FieldSet() : try FieldSet(fieldsV1: fields))
    }

    package var json: JSONValue {
        var json: JSONObject = [
            "operation": .string(operation.rawValue), "apiVersion": .string(apiVersion), "fieldsType": "FieldsV1", "fieldsV1": fields.fieldsV1,
        ]
        if !manager.isEmpty { json["manager"] = .string(manager) }
        if !subresource.isEmpty { json["subresource"] = .string(subresource) }
        if let time { json["time"] = .string(time.description) }
        return .object(json)
    }

    /// Who owns, apart from what: an applier stays the same when it applies in another version.
    struct Identity: Sendable, Hashable {
        var manager: String
        var operation: Operation
        /// Empty for appliers.
        var apiVersion: String
        var subresource: String

        init(manager: String, operation: Operation, apiVersion: String, subresource: String) {
            self.manager = manager.isEmpty ? "unknown" : manager
            self.operation = operation
            self.apiVersion = operation == .apply ? "" : apiVersion
            self.subresource = subresource
        }

        /// The order in which conflicts are told.
        static func precedes(_ left: Self, _ right: Self) -> Bool {
            for (left, right) in zip(left.texts, right.texts) {
                let order = left.byteOrder(right)
                if order != 0 { return order < 0 }
            }
            return false
        }

        private var texts: [String] { [manager, operation.rawValue, apiVersion, subresource] }

        /// As conflicts name it: `"m" with subresource "status" using v1`.
        var conflictText: String {
            var text = JSONValue.string(manager).encodedText
            if !subresource.isEmpty { text += " with subresource \(JSONValue.string(subresource).encodedText)" }
            return operation == .update ? "\(text) using \(apiVersion)" : text
        }
    }

    var identity: Identity { Identity(manager: manager, operation: operation, apiVersion: apiVersion, subresource: subresource) }
}
