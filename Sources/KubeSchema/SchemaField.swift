// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a field holds.
package indirect enum FieldType: Sendable, Hashable {
    case string, bool, int32, int64, float64
    /// Base64 text in JSON.
    case bytes
    case quantity, intOrString, time, microTime
    /// Go's text in JSON (`1m0s`), nanoseconds in protobuf.
    case duration
    /// Any JSON at all: managed fields, embedded objects.
    case any
    case message(SchemaType.ID)
    case list(FieldType)
    /// Keys are text.
    case map(FieldType)
    /// A list in JSON; in protobuf a message with the list as its field 1.
    case wrapped(FieldType)
}

/// A field of a type: its name and type, and how patches treat it.
package struct SchemaField: Sendable, Hashable {
    /// In JSON; empty for an inline field, whose own fields stand in the parent.
    package var name: String
    package var type: FieldType
    /// The protobuf field number; nil where the field is not in protobuf.
    package var number: Int?
    /// Absent and zero differ: a zero is written. Otherwise a zero scalar, an empty list or map is left out unless `isAlwaysWritten`.
    package var isPointer = false
    package var isAlwaysWritten = false
    package var isOptional = false
    package var isInline = false
    package var patch = PatchStrategy()
    /// For lists of objects merged by a key.
    package var patchMergeKey: String?
    package var listType: ListType?
    package var listMapKeys: [String] = []
    /// A map replaced as a whole by server-side apply.
    package var isAtomicMap = false
    /// The values that are known for it; others may be valid too.
    package var enumValues: [String] = []
    package var defaultValue: JSONValue?

    package init(name: String, type: FieldType, number: Int? = nil) {
        self.name = name
        self.type = type
        self.number = number
    }

    package struct PatchStrategy: Sendable, Hashable {
        /// A list is merged with the patch's rather than replaced by it.
        package var merges = false
        /// Members that the patch's `$retainKeys` does not name are dropped.
        package var retainsKeys = false
        package var replaces = false
    }

    package enum ListType: String, Sendable, Hashable {
        case atomic, set, map
    }
}

/// A named set of fields: a kind, or what a kind is made of.
package struct SchemaType: Sendable, Hashable {
    /// A place in one schema's table; no meaning in another schema's.
    package struct ID: Sendable, Hashable {
        var index: Int
    }

    /// `core/v1.Container`.
    package let name: String
    /// As declared, with inline fields unexpanded: protobuf's view.
    package let declared: [SchemaField]
    /// What JSON shows, inline fields expanded, in the byte order of their names.
    package let fields: [SchemaField]

    init(name: String, declared: [SchemaField], fields: [SchemaField]) {
        self.name = name
        self.declared = declared
        self.fields = fields.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    package func field(_ name: String) -> SchemaField? {
        var low = 0
        var high = fields.count
        while low < high {
            let middle = (low + high) / 2
            if fields[middle].name.utf8.lexicographicallyPrecedes(name.utf8) { low = middle + 1 } else { high = middle }
        }
        guard low < fields.count, fields[low].name == name else { return nil }
        return fields[low]
    }

    /// `Container`, as Go names it in messages.
    package var shortName: String { name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? name }
    /// `core/v1`.
    package var package: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? "" }
}
