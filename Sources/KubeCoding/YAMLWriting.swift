// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension YAML {
    /// One document in the style of kubectl's `-o yaml`: keys in order, lists at their key's indentation, quotes only where the
    /// text would be read as something else.
    package static func text(of value: JSONValue) -> String {
        var writer = YAMLTextWriter()
        writer.document(value)
        return writer.text
    }
}

private struct YAMLTextWriter {
    var text = ""

    mutating func document(_ value: JSONValue) {
        switch value {
        case .object(let object) where !object.isEmpty: members(object, indent: 0, startsInline: true)
        case .array(let elements) where !elements.isEmpty: self.elements(elements, indent: 0, startsInline: true)
        default:
            scalar(value, indent: 0)
            text += "\n"
        }
    }

    /// `startsInline`: the first line's indentation is already written.
    private mutating func members(_ object: JSONObject, indent: Int, startsInline: Bool) {
        var isFirst = true
        for member in object {
            if !(isFirst && startsInline) { space(indent) }
            isFirst = false
            key(member.key, indent: indent)
            switch member.value {
            case .object(let child) where !child.isEmpty:
                text += "\n"
                members(child, indent: indent + 2, startsInline: false)
            case .array(let children) where !children.isEmpty:
                text += "\n"
                elements(children, indent: indent, startsInline: false)
            default:
                text += " "
                scalar(member.value, indent: indent + 2)
                text += "\n"
            }
        }
    }

    /// - Source: `yaml_emitter_check_simple_key`, go-yaml v2 emitterc.go
    private mutating func key(_ key: String, indent: Int) {
        let isLong = key.utf8.count > 128
        if isLong { text += "? " }
        text += YAMLQuoting.inline(key)
        if isLong {
            text += "\n"
            space(indent)
        }
        text += ":"
    }

    private mutating func elements(_ elements: [JSONValue], indent: Int, startsInline: Bool) {
        var isFirst = true
        for element in elements {
            if !(isFirst && startsInline) { space(indent) }
            isFirst = false
            text += "- "
            switch element {
            case .object(let child) where !child.isEmpty: members(child, indent: indent + 2, startsInline: true)
            case .array(let children) where !children.isEmpty: self.elements(children, indent: indent + 2, startsInline: true)
            default:
                scalar(element, indent: indent + 2)
                text += "\n"
            }
        }
    }

    private mutating func scalar(_ value: JSONValue, indent: Int) {
        switch value {
        case .string(let string) where YAMLQuoting.isBlock(string): block(string, indent: max(indent, 2))
        case .string(let string): text += YAMLQuoting.inline(string)
        case .object: text += "{}"
        case .array: text += "[]"
        default: text += value.encodedText
        }
    }

    private mutating func block(_ string: String, indent: Int) {
        let content = string.hasSuffix("\n") ? string.dropLast() : Substring(string)
        text += string.hasSuffix("\n") ? (content.hasSuffix("\n") || content.isEmpty ? "|+" : "|") : "|-"
        let lines = content.split(separator: "\n", omittingEmptySubsequences: false)
        for line in lines {
            text += "\n"
            if !line.isEmpty { space(indent) }
            text += line
        }
    }

    private mutating func space(_ count: Int) { text += String(repeating: " ", count: count) }
}

enum YAMLQuoting {
    /// Whether a text reads best as a literal block (`|`): it has several lines and nothing that a block cannot show.
    static func isBlock(_ text: String) -> Bool {
        guard text.utf8.contains(UInt8(ascii: "\n")), let first = text.unicodeScalars.first, first != " ", first != "\n", first != "\t" else {
            return false
        }
        return text.unicodeScalars.allSatisfy { $0 == "\n" || isPrintable($0) }
    }

    static func inline(_ text: String) -> String {
        if isPlain(text) { return text }
        return text.unicodeScalars.allSatisfy(isPrintable)
            ? "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'" : doubleQuoted(text)
    }

    /// Plain only if it reads back as this very text, in a mapping, a list or a key.
    private static func isPlain(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, YAMLScalar.resolved(text) == .string(text), text != "<<",
            // What begins like a mark between documents, as go-yaml has it.
            !text.hasPrefix("---"), !text.hasPrefix("...")
        else { return false }
        guard
            !indicators.contains(first) || (first == UInt8(ascii: "-") && bytes.count > 1 && bytes[1] > UInt8(ascii: " "))
        else { return false }
        guard first != UInt8(ascii: " "), last != UInt8(ascii: " "), last != UInt8(ascii: ":"), text.unicodeScalars.allSatisfy(isPrintable) else {
            return false
        }
        for place in bytes.indices.dropLast()
        where (bytes[place] == UInt8(ascii: ":") && bytes[place + 1] == UInt8(ascii: " "))
            || (bytes[place] == UInt8(ascii: " ") && bytes[place + 1] == UInt8(ascii: "#"))
        {
            return false
        }
        return !bytes.contains(where: flowIndicators.contains) && !isSexagesimal(bytes) && !isDate(bytes)
    }

    private static let indicators = Set("-?:,[]{}#&*!|>'\"%@`=".utf8)
    private static let flowIndicators = Set("[]{},".utf8)

    /// `1:30` was a number in YAML 1.1, and still is to some readers.
    private static func isSexagesimal(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first,
            first == UInt8(ascii: "+") || first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
        else { return false }
        return bytes.contains(UInt8(ascii: ":")) && bytes.allSatisfy { "0123456789+-:._".utf8.contains($0) }
    }

    /// Read as a time by some; kubectl quotes it.
    private static func isDate(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 8, bytes[4] == UInt8(ascii: "-") else { return false }
        return bytes.prefix(4).allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[5])
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    private static func doubleQuoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            case _ where isPrintable(scalar): quoted.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits  // every unprintable scalar is below U+10000
            }
        }
        return quoted + "\""
    }
}
