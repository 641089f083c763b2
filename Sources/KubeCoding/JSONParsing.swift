// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Why some text is not JSON, and at which byte.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    /// From the start of the text.
    package var offset: Int

    package var description: String { "\(message) at byte \(offset)" }
}

extension JSONValue {
    /// Reads one RFC 8259 text, strictly. Nesting is bounded, so that no text exhausts the stack.
    package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        try parseReportingDuplicates(bytes).value
    }

    package static func parse(_ text: String) throws(JSONError) -> JSONValue { try parse(Array(text.utf8)) }

    /// Also tells the keys that stand twice in one object, as paths (`spec.replicas`); the last one counts.
    package static func parseReportingDuplicates(_ bytes: [UInt8]) throws(JSONError) -> (value: JSONValue, duplicates: [String]) {
        var parser = JSONTextParser(bytes: bytes)
        let value = try parser.document()
        return (value, parser.duplicates)
    }
}

private struct JSONTextParser {
    let bytes: [UInt8]
    var index = 0
    var depth = 0
    var path: [String] = []
    var duplicates: [String] = []

    static let maximumDepth = 512

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value()
        skipSpace()
        guard index == bytes.count else { throw error("text after the end of the value") }
        return value
    }

    private func error(_ message: String) -> JSONError { JSONError(message: message, offset: index) }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): index += 1
            default: return
            }
        }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipSpace()
        guard index < bytes.count else { throw error("unexpected end of JSON") }
        switch bytes[index] {
        case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in .object(try parser.object()) }
        case UInt8(ascii: "["): return try nested { parser throws(JSONError) in .array(try parser.array()) }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("a value was expected")
        }
    }

    private mutating func nested(_ body: (inout Self) throws(JSONError) -> JSONValue) throws(JSONError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw error("nested deeper than \(Self.maximumDepth) levels") }
        depth += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        index += 1
        var members: [JSONObject.Member] = []
        skipSpace()
        if take("}") { return JSONObject() }
        while true {
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw error("a member name was expected") }
            let key = try string()
            skipSpace()
            guard take(":") else { throw error("':' was expected after a member name") }
            path.append(key)
            members.append(JSONObject.Member(key, try value()))
            path.removeLast()
            skipSpace()
            if take(",") { continue }
            guard take("}") else { throw error("',' or '}' was expected") }
            let object = JSONObject(unsorted: members)
            if object.count < members.count { noteDuplicates(members) }
            return object
        }
    }

    private mutating func noteDuplicates(_ members: [JSONObject.Member]) {
        var seen: Set<String> = []
        for member in members where !seen.insert(member.key).inserted {
            duplicates.append((path + [member.key]).joined(separator: "."))
        }
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        index += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return [] }
        while true {
            elements.append(try value())
            skipSpace()
            if take(",") { continue }
            guard take("]") else { throw error("',' or ']' was expected") }
            return elements
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let text = word.description.utf8
        guard bytes[index...].starts(with: text) else { throw error("a value was expected") }
        index += text.count
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = index
        var isInteger = true
        _ = take("-")
        guard index < bytes.count, let first = digit() else { throw error("a digit was expected") }
        if first != 0 { while digit() != nil {} } else if index < bytes.count, isDigit(bytes[index]) { throw error("a number has a leading zero") }
        if take(".") {
            isInteger = false
            guard digit() != nil else { throw error("a digit was expected after the point") }
            while digit() != nil {}
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            guard digit() != nil else { throw error("a digit was expected in the exponent") }
            while digit() != nil {}
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            index = start
            throw error("the number \(text.prefix(40)) is out of range")
        }
        return .number(number)
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private mutating func digit() -> UInt8? {
        guard index < bytes.count, isDigit(bytes[index]) else { return nil }
        defer { index += 1 }
        return bytes[index] - UInt8(ascii: "0")
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        index += 1
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                let text = try utf8(bytes[start..<index])
                index += 1
                return text
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case 0..<0x20: throw error("a control character stands unescaped in a string")
            default: index += 1
            }
        }
        throw error("a string does not end")
    }

    private func utf8(_ slice: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw error("a string is not UTF-8") }
        return text
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var buffer = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return try utf8(buffer[...])
            case UInt8(ascii: "\\"): try escape(into: &buffer)
            case 0..<0x20: throw error("a control character stands unescaped in a string")
            default: buffer.append(byte)
            }
        }
        throw error("a string does not end")
    }

    private mutating func escape(into buffer: inout [UInt8]) throws(JSONError) {
        guard index < bytes.count else { throw error("a string does not end") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"): buffer.append(contentsOf: UTF8.encode(try unicodeEscape()) ?? UTF8.encodedReplacementCharacter)
        default: throw error("an unknown escape in a string")
        }
    }

    /// After `\u`; a surrogate without its other half reads as U+FFFD, as in Go.
    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let high = try fourHexDigits()
        guard (0xD800...0xDBFF).contains(high) else { return Unicode.Scalar(high) ?? replacement }
        guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else { return replacement }
        let afterHigh = index
        index += 2
        let low = try fourHexDigits()
        guard (0xDC00...0xDFFF).contains(low) else {
            index = afterHigh
            return replacement
        }
        return Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)) ?? replacement
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard index < bytes.count, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else { throw error("four hexadecimal digits were expected") }
            number = number << 4 | UInt32(digit)
            index += 1
        }
        return number
    }
}
