// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Why some text is not JSON, and at which byte.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    /// From the start of the text.
    package var offset: Int

    package var description: String { "\(message) at byte \(offset)" }
}

extension JSONValue {
    /// How deep what a server stores, and a client reads, may nest: deeper than what requests may bring, since lists, watch events and the
    /// record of who owns which field nest further.
    package static let maximumDepth = 1024
    /// How deep the body of a request may nest, and what a patch leads to.
    package static let maximumRequestDepth = 512

    /// Reads one RFC 8259 text, strictly. Nesting is bounded, so that no text exhausts the stack.
    package static func parse(_ bytes: [UInt8], maximumDepth: Int = maximumDepth) throws(JSONError) -> JSONValue {
        try parseReportingDuplicates(bytes, maximumDepth: maximumDepth).value
    }

    package static func parse(_ text: String) throws(JSONError) -> JSONValue { try parse(Array(text.utf8)) }

    /// Also tells the keys that stand twice in one object, as paths (`spec.containers[0].image`), once each; the last one counts. A hundred
    /// are told at most.
    /// - Source: `saveStrictError`, sigs.k8s.io/json internal/golang/encoding/json/kubernetes_patch.go
    package static func parseReportingDuplicates(
        _ bytes: [UInt8], maximumDepth: Int = maximumDepth
    ) throws(JSONError) -> (value: JSONValue, duplicates: [String]) {
        var parser = JSONTextParser(maximumDepth: maximumDepth)
        let value = try parser.document(bytes.span)
        return (value, parser.duplicatePaths)
    }
}

/// One pass over the bytes; what it allocates is the tree itself. Every method gets the text, since a view cannot be stored.
private struct JSONTextParser {
    let maximumDepth: Int
    var index = 0
    var depth = 0
    var keys = JSONKeyCache()
    /// Innermost step first; the steps outward are added as the parser comes back up, so that a text without duplicates pays nothing.
    var duplicates: [[String]] = []

    private static let maximumDuplicates = 100

    init(maximumDepth: Int) { self.maximumDepth = maximumDepth }

    var duplicatePaths: [String] {
        var seen: Set<String> = []
        return duplicates.compactMap { steps in
            let path = String(steps.reversed().joined().drop { $0 == "." })
            return seen.insert(path).inserted ? path : nil
        }
    }

    mutating func document(_ text: Span<UInt8>) throws(JSONError) -> JSONValue {
        let value = try value(text)
        skipSpace(text)
        guard index == text.count else { throw error("text after the end of the value") }
        return value
    }

    private func error(_ message: String) -> JSONError { JSONError(message: message, offset: index) }

    private mutating func skipSpace(_ text: Span<UInt8>) {
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): index &+= 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8, _ text: Span<UInt8>) -> Bool {
        guard index < text.count, text[index] == byte else { return false }
        index &+= 1
        return true
    }

    private mutating func value(_ text: Span<UInt8>) throws(JSONError) -> JSONValue {
        skipSpace(text)
        guard index < text.count else { throw error("unexpected end of JSON") }
        switch text[index] {
        case UInt8(ascii: "\""): return .string(try string(text, isKey: false))
        case UInt8(ascii: "{"):
            try descend()
            let members = try object(text)
            depth &-= 1
            return .object(members)
        case UInt8(ascii: "["):
            try descend()
            let elements = try array(text)
            depth &-= 1
            return .array(elements)
        case UInt8(ascii: "t"): return try literal("true", .bool(true), text)
        case UInt8(ascii: "f"): return try literal("false", .bool(false), text)
        case UInt8(ascii: "n"): return try literal("null", .null, text)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(text)
        default: throw error("a value was expected")
        }
    }

    private mutating func descend() throws(JSONError) {
        guard depth < maximumDepth else { throw error("nested deeper than \(maximumDepth) levels") }
        depth &+= 1
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue, _ text: Span<UInt8>) throws(JSONError) -> JSONValue {
        let start = index
        for byte in word.description.utf8 where !take(byte, text) {
            index = start
            throw error("a value was expected")
        }
        return value
    }

    // MARK: Objects and arrays

    private mutating func object(_ text: Span<UInt8>) throws(JSONError) -> JSONObject {
        index &+= 1
        skipSpace(text)
        if take(UInt8(ascii: "}"), text) { return JSONObject() }
        var members: [JSONObject.Member] = []
        while true {
            skipSpace(text)
            guard index < text.count, text[index] == UInt8(ascii: "\"") else { throw error("a member name was expected") }
            let key = try string(text, isKey: true)
            skipSpace(text)
            guard take(UInt8(ascii: ":"), text) else { throw error("':' was expected after a member name") }
            let noted = duplicates.count
            members.append(JSONObject.Member(key, try value(text)))
            extendDuplicates(since: noted, by: ".\(key)")
            skipSpace(text)
            if take(UInt8(ascii: ","), text) { continue }
            guard take(UInt8(ascii: "}"), text) else { throw error("',' or '}' was expected") }
            let object = JSONObject(unsorted: members)
            if object.count < members.count { noteDuplicates(members) }
            return object
        }
    }

    private mutating func array(_ text: Span<UInt8>) throws(JSONError) -> [JSONValue] {
        index &+= 1
        skipSpace(text)
        if take(UInt8(ascii: "]"), text) { return [] }
        var elements: [JSONValue] = []
        while true {
            let noted = duplicates.count
            elements.append(try value(text))
            extendDuplicates(since: noted, by: "[\(elements.count - 1)]")
            skipSpace(text)
            if take(UInt8(ascii: ","), text) { continue }
            guard take(UInt8(ascii: "]"), text) else { throw error("',' or ']' was expected") }
            return elements
        }
    }

    private mutating func noteDuplicates(_ members: [JSONObject.Member]) {
        var seen: Set<[UInt8]> = []  // by bytes, as the object itself compares them
        var noted: Set<[UInt8]> = []
        for member in members where duplicates.count < Self.maximumDuplicates && !seen.insert(Array(member.key.utf8)).inserted {
            if noted.insert(Array(member.key.utf8)).inserted { duplicates.append([".\(member.key)"]) }
        }
    }

    private mutating func extendDuplicates(since count: Int, by step: @autoclosure () -> String) {
        guard duplicates.count > count else { return }
        let step = step()
        for place in count..<duplicates.count { duplicates[place].append(step) }
    }

    // MARK: Numbers

    private mutating func number(_ text: Span<UInt8>) throws(JSONError) -> JSONValue {
        let start = index
        let isNegative = take(UInt8(ascii: "-"), text)
        guard let first = digit(text) else { throw error("a digit was expected") }
        if first == 0, index < text.count, Self.isDigit(text[index]) { throw error("a number has a leading zero") }
        // Counted below zero, where one more integer fits.
        var integer: Int64 = -Int64(first)
        var fits = true
        while first != 0, let digit = digit(text) {
            let (tens, overflowed) = integer.multipliedReportingOverflow(by: 10)
            let (sum, overflowedAgain) = tens.subtractingReportingOverflow(Int64(digit))
            fits = fits && !overflowed && !overflowedAgain
            integer = sum
        }
        let isWhole = try !fractionAndExponent(text)
        if isWhole, fits, isNegative { return .integer(integer) }
        if isWhole, fits, integer != .min { return .integer(-integer) }
        guard let number = Double(text.extracting(start..<index).utf8String ?? ""), number.isFinite else {
            index = start
            throw error("a number is out of range")
        }
        return .number(number)
    }

    /// Whether there was either.
    private mutating func fractionAndExponent(_ text: Span<UInt8>) throws(JSONError) -> Bool {
        let start = index
        if take(UInt8(ascii: "."), text) {
            guard digit(text) != nil else { throw error("a digit was expected after the point") }
            while digit(text) != nil {}
        }
        if take(UInt8(ascii: "e"), text) || take(UInt8(ascii: "E"), text) {
            if !take(UInt8(ascii: "+"), text) { _ = take(UInt8(ascii: "-"), text) }
            guard digit(text) != nil else { throw error("a digit was expected in the exponent") }
            while digit(text) != nil {}
        }
        return index > start
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private mutating func digit(_ text: Span<UInt8>) -> UInt8? {
        guard index < text.count else { return nil }
        let digit = text[index] &- UInt8(ascii: "0")
        guard digit < 10 else { return nil }
        index &+= 1
        return digit
    }

    // MARK: Strings

    private mutating func string(_ text: Span<UInt8>, isKey: Bool) throws(JSONError) -> String {
        index &+= 1
        let start = index
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "\"") {
                let content = text.extracting(start..<index)
                guard let string = isKey ? keys.string(content) : content.utf8String else { throw error("a string is not UTF-8") }
                index &+= 1
                return string
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(text, from: start) }
            if byte < 0x20 { throw error("a control character stands unescaped in a string") }
            index &+= 1
        }
        throw error("a string does not end")
    }

    private mutating func escapedString(_ text: Span<UInt8>, from start: Int) throws(JSONError) -> String {
        var buffer: [UInt8] = []
        for place in start..<index { buffer.append(text[place]) }
        while index < text.count {
            let byte = text[index]
            index &+= 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = buffer.span.utf8String else { throw error("a string is not UTF-8") }
                return string
            case UInt8(ascii: "\\"): try escape(text, into: &buffer)
            case 0..<0x20:
                index &-= 1
                throw error("a control character stands unescaped in a string")
            default: buffer.append(byte)
            }
        }
        throw error("a string does not end")
    }

    private mutating func escape(_ text: Span<UInt8>, into buffer: inout [UInt8]) throws(JSONError) {
        guard index < text.count else { throw error("a string does not end") }
        let byte = text[index]
        index &+= 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"): buffer.append(contentsOf: UTF8.encode(try unicodeEscape(text)) ?? UTF8.encodedReplacementCharacter)
        default:
            index &-= 1
            throw error("an unknown escape in a string")
        }
    }

    /// After `\u`; a surrogate without its other half reads as U+FFFD, as in Go.
    private mutating func unicodeEscape(_ text: Span<UInt8>) throws(JSONError) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let high = try fourHexDigits(text)
        guard (0xD800...0xDBFF).contains(high) else { return Unicode.Scalar(high) ?? replacement }
        guard index + 1 < text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u") else { return replacement }
        let afterHigh = index
        index &+= 2
        let low = try fourHexDigits(text)
        guard (0xDC00...0xDFFF).contains(low) else {
            index = afterHigh
            return replacement
        }
        return Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)) ?? replacement
    }

    private mutating func fourHexDigits(_ text: Span<UInt8>) throws(JSONError) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard index < text.count, let digit = Self.hexDigit(text[index]) else { throw error("four hexadecimal digits were expected") }
            number = number << 4 | digit
            index &+= 1
        }
        return number
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

/// Member names that do not fit into a `String` itself (15 bytes) and stand in every object of a list are allocated once a text.
private struct JSONKeyCache {
    private var slots: [String] = []

    private static let slotCount = 128
    private static let cachedLengths = 16...48

    mutating func string(_ bytes: Span<UInt8>) -> String? {
        guard Self.cachedLengths.contains(bytes.count) else { return bytes.utf8String }
        if slots.isEmpty { slots = Array(repeating: "", count: Self.slotCount) }
        let slot = Self.slot(bytes)
        if Self.holds(slots[slot], bytes) { return slots[slot] }
        guard let string = bytes.utf8String else { return nil }
        slots[slot] = string
        return string
    }

    /// The length and a few bytes tell the names of the API apart well enough.
    private static func slot(_ bytes: Span<UInt8>) -> Int {
        let last = bytes.count - 1
        let sum = bytes.count &* 31 &+ Int(bytes[0]) &* 7 &+ Int(bytes[last / 2]) &* 13 &+ Int(bytes[last]) &* 17 &+ Int(bytes[last - 4])
        return sum & (slotCount - 1)
    }

    private static func holds(_ string: String, _ bytes: Span<UInt8>) -> Bool {
        let held = string.utf8.span
        guard held.count == bytes.count else { return false }
        for place in bytes.indices where held[place] != bytes[place] { return false }
        return true
    }
}

extension Span<UInt8> {
    /// Nil where the bytes are not UTF-8.
    fileprivate var utf8String: String? {
        guard let valid = try? UTF8Span(validating: self) else { return nil }
        return String(copying: valid)
    }
}
