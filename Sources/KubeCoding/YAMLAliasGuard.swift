// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Refuses aliases inside of mapping keys before the text is composed.
///
/// The composer compares the keys of a mapping, and comparing keys made of nested aliases takes time exponential in the text.
/// (Aliases in values are cheap to compose, and are counted as they are converted.) No manifest writes such keys; the look at
/// the text is coarse, and may also refuse a text that has both an alias and what looks like such a key in a string.
enum YAMLAliasGuard {
    static func check(_ text: String) throws(YAMLError) {
        let bytes = Array(text.utf8)
        var hasAlias = false
        var complexKeyLine: Int?
        var line = 1
        for (place, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: "*") where startsToken(bytes, place) && continuesName(bytes, place + 1):
                hasAlias = true
                if isKey(bytes, after: endOfName(bytes, place + 1)) { complexKeyLine = complexKeyLine ?? line }
            case UInt8(ascii: "?") where startsToken(bytes, place) && isSpace(bytes, place + 1): complexKeyLine = complexKeyLine ?? line
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if isKey(bytes, after: place + 1) { complexKeyLine = complexKeyLine ?? line }
            default: break
            }
        }
        if hasAlias, let complexKeyLine {
            throw YAMLError("a mapping key that is an alias or a collection is not supported", line: complexKeyLine, column: 1)
        }
    }

    private static func startsToken(_ bytes: [UInt8], _ place: Int) -> Bool {
        guard place > 0 else { return true }
        switch bytes[place - 1] {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{"),
            UInt8(ascii: ":"):
            return true
        default: return false
        }
    }

    private static func isSpace(_ bytes: [UInt8], _ place: Int) -> Bool {
        guard place < bytes.count else { return true }
        return bytes[place] == UInt8(ascii: " ") || bytes[place] == UInt8(ascii: "\n") || bytes[place] == UInt8(ascii: "\r")
            || bytes[place] == UInt8(ascii: "\t")
    }

    private static func continuesName(_ bytes: [UInt8], _ place: Int) -> Bool {
        guard !isSpace(bytes, place) else { return false }
        switch bytes[place] {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "{"): return false
        default: return true
        }
    }

    private static func endOfName(_ bytes: [UInt8], _ start: Int) -> Int {
        var place = start
        while continuesName(bytes, place) { place += 1 }
        return place
    }

    /// Whether a colon follows, in any flow or block form.
    private static func isKey(_ bytes: [UInt8], after start: Int) -> Bool {
        var place = start
        while place < bytes.count, isSpace(bytes, place) { place += 1 }
        return place < bytes.count && bytes[place] == UInt8(ascii: ":")
    }
}
