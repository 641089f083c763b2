// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CRE2

/// A regular expression as Go and Prometheus read it. Its time is linear in the text, whatever the pattern.
///
/// - Source: RE2's syntax, which Go's regexp/syntax takes over
package final class RegularExpression: @unchecked Sendable {
    /// Why a pattern is none, in Go's words.
    package struct SyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// A match: where the whole and each group is in the text's UTF-8; nil for groups that took no part.
    package struct Match: Sendable {
        package var text: [UInt8]
        package var groups: [Range<Int>?]

        package subscript(group number: Int) -> String? {
            guard groups.indices.contains(number) else { return nil }
            return groups[number].map { String(decoding: text[$0], as: UTF8.self) }
        }
    }

    /// More than any sane pattern needs; a hostile one is refused.
    private static let memoryLimit = 1 << 20

    package let pattern: String
    /// Only read, which RE2 allows from several threads.
    private let handle: OpaquePointer

    /// - Throws: `SyntaxError`.
    package init(_ pattern: String) throws(SyntaxError) {
        self.pattern = pattern
        var copy = pattern
        handle = copy.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { updraft_re2_make($0.baseAddress, $0.count, Self.memoryLimit) }
        }
        let code = Int(updraft_re2_error_code(handle))
        guard code == 0 else {
            var length = 0
            let part = updraft_re2_error_part(handle, &length)
            let bytes = UnsafeRawBufferPointer(start: part, count: length)
            let error = SyntaxError(description: "error parsing regexp: \(Self.reason(code)): `\(String(decoding: bytes, as: UTF8.self))`")
            throw error
        }
    }

    deinit { updraft_re2_free(handle) }

    /// Without the whole match.
    package var groupCount: Int { Int(updraft_re2_group_count(handle)) }

    package func group(named name: String) -> Int? {
        var copy = name
        let number = copy.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { updraft_re2_group_number(handle, $0.baseAddress, $0.count) }
        }
        return number < 0 ? nil : Int(number)
    }

    /// Whether it matches anywhere in `text`.
    package func matches(_ text: String) -> Bool { find(text, groups: 0) != nil }

    /// The leftmost match.
    package func firstMatch(in text: String) -> Match? {
        guard let places = find(text, groups: groupCount + 1) else { return nil }
        let groups = stride(from: 0, to: places.count, by: 2).map { places[$0] < 0 ? nil : places[$0]..<places[$0 + 1] }
        return Match(text: Array(text.utf8), groups: groups)
    }

    private func find(_ text: String, groups count: Int) -> [Int]? {
        var copy = text
        var places = [Int](repeating: -1, count: 2 * count)
        let isFound = copy.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                // RE2 takes no null pointer for text that is there.
                var empty: CChar = 0
                return withUnsafePointer(to: &empty) { nothing in
                    places.withUnsafeMutableBufferPointer {
                        updraft_re2_match(handle, bytes.baseAddress ?? nothing, bytes.count, $0.baseAddress, Int32(count))
                    }
                }
            }
        }
        return isFound != 0 ? places : nil
    }

    /// `template` with `$1`, `${1}`, `$name` and `${name}` replaced by what the groups matched; `$$` is a dollar sign.
    /// - Source: Regexp.Expand, Go's regexp package
    package func expand(_ template: String, _ match: Match) -> String {
        var result: [UInt8] = []
        let bytes = Array(template.utf8)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$") else {
                result.append(bytes[index])
                index += 1
                continue
            }
            if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "$") {
                result.append(UInt8(ascii: "$"))
                index += 2
            } else if let (name, end) = Self.reference(bytes, index + 1) {
                let number = Int(name) ?? group(named: name)
                if let number, match.groups.indices.contains(number), let range = match.groups[number] { result += match.text[range] }
                index = end
            } else {
                result.append(UInt8(ascii: "$"))
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func reference(_ bytes: [UInt8], _ start: Int) -> (name: String, end: Int)? {
        let isBraced = start < bytes.count && bytes[start] == UInt8(ascii: "{")
        let first = isBraced ? start + 1 : start
        var end = first
        while end < bytes.count, isWordByte(bytes[end]) { end += 1 }
        guard end > first else { return nil }
        let name = String(decoding: bytes[first..<end], as: UTF8.self)
        guard isBraced else { return (name, end) }
        return end < bytes.count && bytes[end] == UInt8(ascii: "}") ? (name, end + 1) : nil
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "_")
    }

    /// A text that matches itself alone.
    /// - Source: QuoteMeta, Go's regexp package
    package static func escaped(_ text: String) -> String {
        // Most are names of objects, with nothing to escape.
        guard text.utf8.contains(where: isSpecial) else { return text }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isSpecial(byte) { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One of `\.+*?()|[]{}^$`.
    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "?"), UInt8(ascii: "$"),
            UInt8(ascii: "["), UInt8(ascii: "\\"), UInt8(ascii: "]"), UInt8(ascii: "^"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
            true
        default: false
        }
    }

    /// RE2's codes in Go's words.
    private static func reason(_ code: Int) -> String {
        let reasons = [
            "", "unexpected error", "invalid escape sequence", "invalid character class", "invalid character class range", "missing closing ]",
            "missing closing )", "unexpected )", "trailing backslash at end of expression", "missing argument to repetition operator",
            "invalid repeat count", "invalid nested repetition operator", "invalid or unsupported Perl syntax", "invalid UTF-8",
            "invalid named capture", "expression too large",
        ]
        return reasons.indices.contains(code) ? reasons[code] : "unexpected error"
    }
}
