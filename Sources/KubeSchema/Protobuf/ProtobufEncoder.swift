// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Writes JSON trees as messages, byte for byte as upstream's generated code does: fields in the order of their numbers,
/// those that are no pointers even when they are zero, maps in the order of their keys.
///
/// - Source: the `MarshalToSizedBuffer` functions of gogo/protobuf's generated code
struct ProtobufEncoder {
    let layouts: ProtobufLayouts
    private(set) var bytes: [UInt8] = []
    private var depth = 0

    init(layouts: ProtobufLayouts) { self.layouts = layouts }

    /// The members of `object` that the layout at `place` has.
    mutating func message(_ object: JSONObject, at place: Int) throws(ProtobufError) {
        let layout = layouts[place]
        for field in layout.fields {
            if field.isInline, case .message(let id) = field.type {
                try nested(field.number) { encoder throws(ProtobufError) in try encoder.message(object, at: id.index) }
            } else if let value = object[field.name], !value.isNull {
                try encode(value, field, in: layout)
            } else if !field.isPointer {
                try encodeZero(field, in: layout)
            }
        }
    }

    private mutating func encode(_ value: JSONValue, _ field: ProtobufLayout.Field, in layout: ProtobufLayout) throws(ProtobufError) {
        switch field.type {
        case .list(let element):
            guard case .array(let elements) = value else { throw mismatch(value, field, layout) }
            for one in elements { try encode(one, as: element, number: field.number, field, layout) }
        case .map(let element):
            guard case .object(let members) = value else { throw mismatch(value, field, layout) }
            for member in members {
                try nested(field.number) { encoder throws(ProtobufError) in
                    encoder.text(member.key, number: 1)
                    if element == .bytes, member.value.isNull { return }
                    try encoder.encode(member.value, as: element, number: 2, field, layout)
                }
            }
        default: try encode(value, as: field.type, number: field.number, field, layout)
        }
    }

    /// A field that is no pointer and is not in the tree.
    private mutating func encodeZero(_ field: ProtobufLayout.Field, in layout: ProtobufLayout) throws(ProtobufError) {
        switch field.type {
        case .list, .map, .wrapped, .bytes: break
        default: try encode(.null, as: field.type, number: field.number, field, layout)
        }
    }

    /// One value with its tag; null is the type's zero.
    private mutating func encode(
        _ value: JSONValue, as type: FieldType, number: Int, _ field: ProtobufLayout.Field, _ layout: ProtobufLayout
    ) throws(ProtobufError) {
        do throws(Mismatch) {
            switch type {
            case .message, .wrapped, .list, .map: break
            default: return try scalar(value, type, number)
            }
        } catch {
            throw mismatch(value, field, layout)
        }
        switch (type, value) {
        case (.message(let id), .object(let object)):
            try nested(number) { encoder throws(ProtobufError) in try encoder.message(object, at: id.index) }
        case (.message(let id), .null):
            try nested(number) { encoder throws(ProtobufError) in try encoder.message(JSONObject(), at: id.index) }
        case (.wrapped(let element), .array(let elements)):
            try nested(number) { encoder throws(ProtobufError) in
                for one in elements { try encoder.encode(one, as: element, number: 1, field, layout) }
            }
        case (.wrapped, .null): try nested(number) { _ throws(ProtobufError) in }
        default: throw mismatch(value, field, layout)
        }
    }

    private func mismatch(_ value: JSONValue, _ field: ProtobufLayout.Field, _ layout: ProtobufLayout) -> ProtobufError {
        let kind =
            switch field.type {
            case .quantity, .time, .microTime, .duration, .bytes: value.string.map { "\"\($0.prefix(64))\"" } ?? value.goKind
            default: value.goKind
            }
        return ProtobufError(.unencodable, "unable to encode \(kind) as the field \(layout.name).\(field.name)")
    }

    // MARK: Bytes

    /// What a value is not: of its field's type.
    struct Mismatch: Error {}

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    mutating func tag(_ number: Int, _ wire: ProtobufWireType) { varint(UInt64(number) << 3 | UInt64(wire.rawValue)) }

    mutating func integer(_ value: Int64, number: Int) {
        tag(number, .varint)
        varint(UInt64(bitPattern: value))
    }

    mutating func fixed64(_ value: UInt64, number: Int) {
        tag(number, .fixed64)
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(place * 8))) }
    }

    mutating func text(_ text: String, number: Int) {
        tag(number, .delimited)
        varint(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func delimited(_ content: [UInt8], number: Int) {
        head(number, length: content.count)
        bytes.append(contentsOf: content)
    }

    /// What stands before `length` bytes that are appended next.
    mutating func head(_ number: Int, length: Int) {
        tag(number, .delimited)
        varint(UInt64(length))
    }

    /// Of a field with a number below 16 that holds `length` bytes.
    static func delimitedLength(_ length: Int) -> Int { 1 + max(1, (Int.bitWidth - length.leadingZeroBitCount + 6) / 7) + length }

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

    /// Appended as they are, without a tag.
    mutating func append(_ content: some Collection<UInt8>) { bytes.append(contentsOf: content) }

    /// A message of the schema within this one.
    mutating func nested(_ number: Int, _ body: (inout Self) throws(ProtobufError) -> Void) throws(ProtobufError) {
        guard depth < ProtobufReader.maximumDepth else { throw ProtobufError(.unencodable, "proto: exceeded maximum recursion depth") }
        depth += 1
        try delimited(number, body)
        depth -= 1
    }

    /// What `body` appends, with its length before it.
    mutating func delimited<Failure: Error>(_ number: Int, _ body: (inout Self) throws(Failure) -> Void) throws(Failure) {
        tag(number, .delimited)
        let start = bytes.count
        // Room for a short length. A longer one moves what was appended, once for each level that it lies in.
        bytes.append(0)
        try body(&self)
        setLength(at: start)
    }

    private mutating func setLength(at start: Int) {
        var rest = UInt64(bytes.count - start - 1)
        guard rest >= 0x80 else { return bytes[start] = UInt8(rest) }
        var length: [UInt8] = []
        while rest >= 0x80 {
            length.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        length.append(UInt8(rest))
        bytes.replaceSubrange(start...start, with: length)
    }
}
