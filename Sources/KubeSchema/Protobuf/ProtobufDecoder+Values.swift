// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A message of two integers and a text at most, as upstream lays out quantities, times and the like.
struct ProtobufSpecialMessage: Sendable {
    var name: String
    /// The first field is number 1.
    var fields: [Field]

    enum Field: Sendable {
        case first, second, text
    }

    static let quantity = Self(name: "Quantity", fields: [.text])
    static let intOrString = Self(name: "IntOrString", fields: [.first, .second, .text])
    static let timestamp = Self(name: "Timestamp", fields: [.first, .second])
    static let duration = Self(name: "Duration", fields: [.first])
    /// JSON in a `raw` field: managed fields, embedded objects.
    static let raw = Self(name: "RawExtension", fields: [.text])

    /// Fields that were not there are zero.
    struct Content {
        var isEmpty = true
        var first: UInt64 = 0
        var second: UInt64 = 0
        var text: ArraySlice<UInt8>?
    }
}

extension ProtobufDecoder {
    mutating func value(_ type: FieldType, _ wire: ProtobufWireType, _ field: ProtobufLayout.Field) throws(ProtobufError) -> JSONValue {
        try expect(type.wireType, wire, field)
        switch type {
        case .string: return .string(try reader.string(field.goName))
        case .bool: return .bool(try reader.varint() != 0)
        case .int32: return .integer(Int64(Int32(truncatingIfNeeded: try reader.varint())))
        case .int64: return .integer(Int64(bitPattern: try reader.varint()))
        case .float64: return try number(Double(bitPattern: try reader.fixed64()))
        case .bytes: return .string(Base64.text(try reader.delimited()))
        case .message(let id):
            let outer = try reader.enter()
            let object = try object(at: id.index)
            reader.leave(to: outer)
            return .object(object)
        case .wrapped(let element): return try wrapped(element, field)
        case .quantity: return try quantity()
        case .intOrString: return try intOrString(field)
        case .time: return try time(hasFraction: false)
        case .microTime: return try time(hasFraction: true)
        case .duration: return .string(Duration.nanoseconds(Int64(bitPattern: try special(.duration).first)).goText)
        case .any: return try any()
        case .list, .map: throw reader.malformed("proto: field \(field.goName) is repeated within a repeated field")
        }
    }

    private mutating func special(_ message: ProtobufSpecialMessage) throws(ProtobufError) -> ProtobufSpecialMessage.Content {
        var content = ProtobufSpecialMessage.Content()
        let outer = try reader.enter()
        content.isEmpty = reader.isAtEnd
        while !reader.isAtEnd {
            let (number, wire) = try reader.tag(of: message.name)
            guard number <= message.fields.count else {
                try reader.skip(wire)
                continue
            }
            let field = message.fields[number - 1]
            guard wire == (field == .text ? .delimited : .varint) else {
                throw reader.malformed("proto: wrong wireType = \(wire.rawValue) for field \(number) of \(message.name)")
            }
            switch field {
            case .first: content.first = try reader.varint()
            case .second: content.second = try reader.varint()
            case .text: content.text = try reader.delimited()
            }
        }
        reader.leave(to: outer)
        return content
    }

    /// As Go's encoder writes it: one that is whole has no fraction.
    private func number(_ value: Double) throws(ProtobufError) -> JSONValue {
        guard value.isFinite else { throw reader.malformed("json: unsupported value: \(value)") }
        return Int64(exactly: value).map { .integer($0) } ?? .number(value)
    }

    private mutating func wrapped(_ element: FieldType, _ field: ProtobufLayout.Field) throws(ProtobufError) -> JSONValue {
        var elements: [JSONValue] = []
        let outer = try reader.enter()
        while !reader.isAtEnd {
            let (number, wire) = try reader.tag(of: field.goName)
            if number == 1 { elements.append(try value(element, wire, field)) } else { try reader.skip(wire) }
        }
        reader.leave(to: outer)
        return .array(elements)
    }

    private mutating func quantity() throws(ProtobufError) -> JSONValue {
        guard let bytes = try special(.quantity).text else { return "0" }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw reader.malformed(QuantityError.format.message) }
        do { return .string(try Quantity(text).description) } catch { throw reader.malformed(error.message) }
    }

    private mutating func intOrString(_ field: ProtobufLayout.Field) throws(ProtobufError) -> JSONValue {
        let content = try special(.intOrString)
        switch Int64(bitPattern: content.first) {
        case 0: return .integer(Int64(Int32(truncatingIfNeeded: content.second)))
        case 1:
            guard let text = String(validating: content.text ?? [], as: UTF8.self) else {
                throw reader.malformed("proto: field \(field.goName) contains invalid UTF-8")
            }
            return .string(text)
        case let type: throw reader.malformed("impossible IntOrString.Type \(type)")
        }
    }

    /// Null for no time. `metav1.Time` leaves a fraction unread, `MicroTime` cuts it to microseconds.
    private mutating func time(hasFraction: Bool) throws(ProtobufError) -> JSONValue {
        let content = try special(.timestamp)
        guard !content.isEmpty else { return .null }
        var time = Timestamp(seconds: Int64(bitPattern: content.first))
        if hasFraction { time = time + .microseconds(Int64(Int32(truncatingIfNeeded: content.second) / 1000)) }
        // The years 0 to 9999, which RFC 3339 can hold.
        guard time.seconds >= -62_167_219_200, time.seconds < 253_402_300_800 else {
            throw reader.malformed("Time.MarshalJSON: year outside of range [0,9999]")
        }
        return time == .zero ? .null : .string(hasFraction ? time.microText : time.description)
    }

    /// JSON, or an object in the envelope of protobuf.
    private mutating func any() throws(ProtobufError) -> JSONValue {
        let start = reader.index
        guard let raw = try special(.raw).text, !raw.isEmpty else { return .null }
        guard !raw.starts(with: ProtobufEnvelope.magic) else {
            throw ProtobufError(.malformed, "an embedded object is in protobuf rather than JSON", offset: start)
        }
        do {
            return try JSONValue.parse(Array(raw), maximumDepth: JSONValue.maximumRequestDepth)
        } catch {
            throw ProtobufError(.malformed, "\(error)", offset: start)
        }
    }
}
