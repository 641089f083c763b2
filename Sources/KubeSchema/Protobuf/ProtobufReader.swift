// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// How a value lies on the wire.
enum ProtobufWireType: UInt8, Sendable {
    case varint = 0
    case fixed64 = 1
    case delimited = 2
    case groupStart = 3
    case groupEnd = 4
    case fixed32 = 5
}

/// Reads tags and values off a body; never beyond `end`, and never further than it has bytes.
///
/// - Source: the `Unmarshal` and `skipGenerated` functions of gogo/protobuf's generated code
struct ProtobufReader {
    /// Messages and groups within one another.
    static let maximumDepth = 100

    let bytes: [UInt8]
    private(set) var index: Int
    /// Where the message that is being read ends; at most `bytes.count`.
    private(set) var end: Int
    private(set) var depth = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        index = 0
        end = bytes.count
    }

    /// - Parameter range: Of `bytes`.
    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        index = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { index >= end }
    var remaining: Int { end - index }

    func malformed(_ message: String) -> ProtobufError { ProtobufError(.malformed, message, offset: index) }

    /// Seven bits a byte, the lowest first; bits above the 64th are dropped, as upstream does.
    mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard shift < 64 else { throw malformed("proto: integer overflow") }
            guard index < end else { throw malformed("unexpected EOF") }
            let byte = bytes[index]
            index &+= 1
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
    }

    mutating func fixed64() throws(ProtobufError) -> UInt64 {
        guard remaining >= 8 else { throw malformed("unexpected EOF") }
        var value: UInt64 = 0
        for place in 0..<8 { value |= UInt64(bytes[index + place]) &<< UInt64(place * 8) }
        index += 8
        return value
    }

    /// The next field's number, above zero, and how its value lies.
    /// - Parameter type: What is being read, for messages.
    mutating func tag(of type: String) throws(ProtobufError) -> (number: Int, wire: ProtobufWireType) {
        let word = try varint()
        let number = Int32(truncatingIfNeeded: word >> 3)
        guard let wire = ProtobufWireType(rawValue: UInt8(word & 7)) else { throw malformed("proto: illegal wireType \(word & 7)") }
        if wire == .groupEnd { throw malformed("proto: \(type): wiretype end group for non-group") }
        guard number > 0 else { throw malformed("proto: \(type): illegal tag \(number) (wire type \(word))") }
        return (Int(number), wire)
    }

    /// The length of a delimited value, which is there in full.
    private mutating func length() throws(ProtobufError) -> Int {
        let length = Int64(bitPattern: try varint())
        guard length >= 0 else { throw malformed("proto: negative length found during unmarshaling") }
        guard length <= Int64(remaining) else { throw malformed("unexpected EOF") }
        return Int(length)
    }

    /// The bytes of a delimited value.
    mutating func delimited() throws(ProtobufError) -> ArraySlice<UInt8> {
        let length = try length()
        defer { index += length }
        return bytes[index..<index + length]
    }

    mutating func string(_ field: String) throws(ProtobufError) -> String {
        let start = index
        let slice = try delimited()
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw ProtobufError(.malformed, "proto: field \(field) contains invalid UTF-8", offset: start)
        }
        return text
    }

    /// Makes a delimited value what is read until `leave`; answers where the outer message ends.
    mutating func enter() throws(ProtobufError) -> Int {
        let length = try length()
        guard depth < Self.maximumDepth else { throw malformed("proto: exceeded maximum recursion depth") }
        depth += 1
        let outer = end
        end = index + length
        return outer
    }

    /// - Parameter outer: What `enter` answered.
    mutating func leave(to outer: Int) {
        index = end
        end = outer
        depth -= 1
    }

    /// Passes over a value of a field that is not known.
    mutating func skip(_ wire: ProtobufWireType) throws(ProtobufError) {
        guard wire == .groupStart else { return try skipPlain(wire) }
        var groups = 1
        while groups > 0 {
            let word = try varint()
            guard let inner = ProtobufWireType(rawValue: UInt8(word & 7)) else { throw malformed("proto: illegal wireType \(word & 7)") }
            switch inner {
            case .groupStart:
                groups += 1
                guard depth + groups <= Self.maximumDepth else { throw malformed("proto: exceeded maximum recursion depth") }
            case .groupEnd: groups -= 1
            default: try skipPlain(inner)
            }
        }
    }

    private mutating func skipPlain(_ wire: ProtobufWireType) throws(ProtobufError) {
        switch wire {
        case .varint: _ = try varint()
        case .fixed64: try skip(count: 8)
        case .fixed32: try skip(count: 4)
        case .delimited: try skip(count: try length())
        case .groupStart, .groupEnd: throw malformed("proto: unexpected end of group")
        }
    }

    private mutating func skip(count: Int) throws(ProtobufError) {
        guard count <= remaining else { throw malformed("unexpected EOF") }
        index += count
    }
}
