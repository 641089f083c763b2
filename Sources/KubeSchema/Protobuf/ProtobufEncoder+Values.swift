// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ProtobufEncoder {
    /// A value of a type that is no message of the schema; null is its zero.
    mutating func scalar(_ value: JSONValue, _ type: FieldType, _ number: Int) throws(Mismatch) {
        switch type {
        case .string: text(try Self.given(value, "") { $0.string }, number: number)
        case .bool: integer(try Self.given(value, false) { $0.bool } ? 1 : 0, number: number)
        case .int32: integer(Int64(try Self.given(value, 0) { $0.int.flatMap { Int32(exactly: $0) } }), number: number)
        case .int64: integer(try Self.given(value, 0) { $0.int }, number: number)
        case .float64: fixed64(try Self.given(value, 0) { $0.double }.bitPattern, number: number)
        case .bytes: delimited(try Self.given(value, []) { $0.string.flatMap(Base64.bytes) }, number: number)
        case .quantity:
            let quantity = try Self.given(value, "0", Self.quantityText)
            delimited(number) { $0.text(quantity, number: 1) }
        case .intOrString: try intOrString(value, number)
        case .time, .microTime: try time(value, number, hasFraction: type == .microTime)
        case .duration:
            let duration = try Self.given(value, .zero) { $0.string.flatMap { Duration(goText: $0) } }
            delimited(number) { $0.integer(duration.wholeNanoseconds, number: 1) }
        case .any: delimited(number) { if !value.isNull { $0.delimited(value.encoded, number: 1) } }
        case .message, .list, .map, .wrapped: throw Mismatch()
        }
    }

    private static func given<Value>(_ value: JSONValue, _ zero: Value, _ read: (JSONValue) -> Value?) throws(Mismatch) -> Value {
        if value.isNull { return zero }
        guard let read = read(value) else { throw Mismatch() }
        return read
    }

    /// Text is taken to be in its canonical form, in which the schema's decoder leaves it.
    private static func quantityText(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer, .number: (try? Quantity(value.encodedText))?.description
        default: nil
        }
    }

    private mutating func intOrString(_ value: JSONValue, _ number: Int) throws(Mismatch) {
        let string = value.string
        let integer = string == nil ? Int64(try Self.given(value, 0) { $0.int.flatMap { Int32(exactly: $0) } }) : 0
        delimited(number) { encoder in
            encoder.integer(string == nil ? 0 : 1, number: 1)
            encoder.integer(integer, number: 2)
            encoder.text(string ?? "", number: 3)
        }
    }

    /// An empty message where there is no time. `metav1.Time` is written without its fraction, `MicroTime` with microseconds.
    private mutating func time(_ value: JSONValue, _ number: Int, hasFraction: Bool) throws(Mismatch) {
        let time = try Self.given(value, .zero) { $0.timestamp }
        delimited(number) { encoder in
            guard time != .zero else { return }
            encoder.integer(time.seconds, number: 1)
            encoder.integer(hasFraction ? Int64(time.nanoseconds / 1000 * 1000) : 0, number: 2)
        }
    }
}

extension Duration {
    /// - Precondition: 64 bits hold them, as they do for what Go's text says.
    fileprivate var wholeNanoseconds: Int64 { Int64(clamping: attoseconds / 1_000_000_000) }
}
