// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Yams

/// What a scalar means under YAML 1.1, as Go's yaml.v2 reads it, on which Kubernetes' tools stand.
enum YAMLScalar {
    static func value(_ scalar: Node.Scalar) throws(YAMLError) -> JSONValue {
        let text = scalar.string
        let tag = scalar.tag.rawValue
        guard tag.hasPrefix(standardTag) || tag == "!" else {
            return try finite(tag.isEmpty && scalar.style == .plain ? resolved(text) : .string(text), scalar)
        }
        let value: JSONValue
        switch tag.dropFirst(standardTag.count) {
        case "null" where resolved(text).isNull: value = .null
        case "bool": value = resolved(text)
        case "int": value = resolved(text)
        case "float": value = resolved(text)
        case "binary": throw YAMLError("the tag !!binary is not supported", at: scalar.mark)
        default: return .string(text)
        }
        guard agrees(value, with: tag) else { throw YAMLError("cannot decode \"\(text)\" as a \(tag.dropFirst(standardTag.count))", at: scalar.mark) }
        return try finite(value, scalar)
    }

    private static let standardTag = "tag:yaml.org,2002:"

    private static func agrees(_ value: JSONValue, with tag: String) -> Bool {
        switch value {
        case .null: tag.hasSuffix("null")
        case .bool: tag.hasSuffix("bool")
        case .integer: tag.hasSuffix("int") || tag.hasSuffix("float")
        case .number: tag.hasSuffix("float")
        default: false
        }
    }

    private static func finite(_ value: JSONValue, _ scalar: Node.Scalar) throws(YAMLError) -> JSONValue {
        if case .number(let number) = value, !number.isFinite { throw YAMLError("\(scalar.string) has no form in JSON", at: scalar.mark) }
        return value
    }

    /// A plain scalar without a tag.
    static func resolved(_ text: String) -> JSONValue {
        if let word = words[text] { return word }
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): return number(text) ?? .string(text)
        default: return .string(text)
        }
    }

    private static let words: [String: JSONValue] = {
        var words: [String: JSONValue] = [".nan": .number(.nan), ".NaN": .number(.nan), ".NAN": .number(.nan)]
        for word in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] { words[word] = true }
        for word in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] { words[word] = false }
        for word in ["", "~", "null", "Null", "NULL"] { words[word] = .null }
        for word in [".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"] { words[word] = .number(.infinity) }
        for word in ["-.inf", "-.Inf", "-.INF"] { words[word] = .number(-.infinity) }
        return words
    }()

    private static func number(_ text: String) -> JSONValue? {
        let plain = text.filter { $0 != "_" }
        if let integer = integer(plain) { return integer }
        guard isFloat(Array(plain.utf8)), let number = Double(plain) else { return nil }
        return Int64(exactly: number).map { .integer($0) } ?? .number(number)
    }

    /// With C's prefixes: `0x`, `0o`, `0b`, and a bare `0` for octal. Beyond 64 bits it is a floating-point number, as in JSON.
    private static func integer(_ text: String) -> JSONValue? {
        var digits = Substring(text)
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits = digits.dropFirst() }
        guard let first = digits.utf8.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") else { return nil }
        var radix = 10
        if digits.first == "0", digits.count > 1 {
            switch digits.dropFirst().first {
            case "x", "X": (radix, digits) = (16, digits.dropFirst(2))
            case "o", "O": (radix, digits) = (8, digits.dropFirst(2))
            case "b", "B": (radix, digits) = (2, digits.dropFirst(2))
            default: (radix, digits) = (8, digits.dropFirst())
            }
        }
        guard digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        guard let magnitude = UInt64(digits, radix: radix) else { return nil }
        if magnitude <= UInt64(Int64.max) { return .integer(isNegative ? -Int64(magnitude) : Int64(magnitude)) }
        if isNegative { return magnitude == UInt64(Int64.max) + 1 ? .integer(.min) : .number(-Double(magnitude)) }
        return .number(Double(magnitude))
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    private static func isFloat(_ bytes: [UInt8]) -> Bool {
        var place = 0
        func take(_ characters: String) -> Bool {
            guard place < bytes.count, characters.utf8.contains(bytes[place]) else { return false }
            place += 1
            return true
        }
        func digits() -> Int {
            let start = place
            while take("0123456789") {}
            return place - start
        }
        _ = take("+-")
        if digits() == 0 {
            guard take("."), digits() > 0 else { return false }
        } else if take(".") {
            _ = digits()
        }
        if take("eE") {
            _ = take("+-")
            guard digits() > 0 else { return false }
        }
        return place == bytes.count
    }
}
