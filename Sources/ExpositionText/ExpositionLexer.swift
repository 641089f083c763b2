// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Splits the Prometheus text format into tokens, by the same states as upstream's lexer, so that the same text is refused.
///
/// A line's end is implied at the end of the text.
/// - Source: prometheus v3 model/textparse/promlex.l
struct ExpositionLexer {
    enum Token: String {
        case end = "EOF", lineBreak = "LINEBREAK", help = "HELP", type = "TYPE", comment = "COMMENT"
        case metricName = "MNAME", quoted = "QSTRING", braceOpen = "BOPEN", braceClose = "BCLOSE", labelName = "LNAME", labelValue = "LVALUE"
        case comma = "COMMA", equal = "EQUAL", timestamp = "TIMESTAMP", value = "VALUE", invalid = "INVALID"
    }

    /// initial → (metadataName | labels ⇄ labelValue → value → timestamp) → initial
    private enum State { case initial, metadataName, labels, labelValue, value, timestamp }

    private var state = State.initial
    /// Where the token begins, and where the next one will.
    private(set) var start = 0
    private(set) var position = 0

    var token: Range<Int> { start..<position }

    /// To the start of another line; only from one.
    mutating func skip(to position: Int) { self.position = position }

    /// The next token after blanks.
    mutating func next(_ text: Span<UInt8>) -> Token {
        while Self.isBlank(byte(text)) { position &+= 1 }
        guard position <= text.count else {
            start = position
            return .end
        }
        start = position
        switch state {
        case .initial: return initial(text)
        case .metadataName: return metadataName(text)
        case .labels: return label(text)
        case .labelValue:
            guard quotedString(text) else { return .invalid }
            state = .labels
            return .labelValue
        case .value: return value(text)
        case .timestamp: return timestamp(text)
        }
    }

    /// Makes all that follows a metadata line's name the token, blanks included.
    mutating func readMetadataText(_ text: Span<UInt8>) {
        let end = lineEnd(text)
        var blanksEnd = position
        while blanksEnd < end, Self.isBlank(text[blanksEnd]) { blanksEnd &+= 1 }
        // Blanks alone are no text.
        start = blanksEnd == end ? end : position
        position = end
    }

    private mutating func initial(_ text: Span<UInt8>) -> Token {
        let first = byte(text)
        switch first {
        case 0: return .end
        case UInt8(ascii: "\n"):
            position &+= 1
            return .lineBreak
        case UInt8(ascii: "#"): return comment(text)
        case UInt8(ascii: "{"):
            position &+= 1
            state = .labels
            return .braceOpen
        default:
            guard Self.isNameStart(first) else { return .invalid }
            skipName(text)
            state = .value
            return .metricName
        }
    }

    private mutating func comment(_ text: Span<UInt8>) -> Token {
        position &+= 1
        if Self.isBlank(byte(text)) {
            while Self.isBlank(byte(text)) { position &+= 1 }
            for (word, token) in [("HELP" as StaticString, Token.help), ("TYPE", .type)] where takeWord(word, text) {
                state = .metadataName
                return token
            }
        }
        while position < text.count, text[position] != UInt8(ascii: "\n") {
            if text[position] == 0 { return .end }
            position &+= 1
        }
        return .comment
    }

    /// `word` with the blanks that must follow it.
    private mutating func takeWord(_ word: StaticString, _ text: Span<UInt8>) -> Bool {
        var place = position
        for expected in word.description.utf8 {
            guard place < text.count, text[place] == expected else { return false }
            place &+= 1
        }
        guard place < text.count, Self.isBlank(text[place]) else { return false }
        while place < text.count, Self.isBlank(text[place]) { place &+= 1 }
        position = place
        return true
    }

    private mutating func metadataName(_ text: Span<UInt8>) -> Token {
        let first = byte(text)
        if first == UInt8(ascii: "\"") {
            guard quotedString(text) else { return .invalid }
        } else {
            guard Self.isNameStart(first) else { return .invalid }
            skipName(text)
        }
        state = .initial
        return .metricName
    }

    private mutating func label(_ text: Span<UInt8>) -> Token {
        let first = byte(text)
        switch first {
        case UInt8(ascii: "\""): return quotedString(text) ? .quoted : .invalid
        case UInt8(ascii: "}"):
            position &+= 1
            state = .value
            return .braceClose
        case UInt8(ascii: "="):
            position &+= 1
            state = .labelValue
            return .equal
        case UInt8(ascii: ","):
            position &+= 1
            return .comma
        default:
            guard Self.isNameStart(first), first != UInt8(ascii: ":") else { return .invalid }
            while case let next = byte(text), Self.isNameByte(next), next != UInt8(ascii: ":") { position &+= 1 }
            return .labelName
        }
    }

    private mutating func value(_ text: Span<UInt8>) -> Token {
        if byte(text) == UInt8(ascii: "{") {
            position &+= 1
            state = .labels
            return .braceOpen
        }
        while position < text.count {
            let next = text[position]
            if Self.isBlank(next) || next == UInt8(ascii: "{") || next == UInt8(ascii: "\n") || next == 0 { break }
            position &+= 1
        }
        guard position > start else { return .invalid }
        state = .timestamp
        return .value
    }

    private mutating func timestamp(_ text: Span<UInt8>) -> Token {
        if byte(text) == UInt8(ascii: "\n") {
            position &+= 1
            state = .initial
            return .lineBreak
        }
        while Self.isDigit(byte(text)) { position &+= 1 }
        return position > start ? .timestamp : .invalid
    }

    /// `"…"` with escapes; stands at the byte that breaks it where it is none.
    private mutating func quotedString(_ text: Span<UInt8>) -> Bool {
        guard byte(text) == UInt8(ascii: "\"") else { return false }
        position &+= 1
        while true {
            switch byte(text) {
            case UInt8(ascii: "\""):
                position &+= 1
                return true
            case UInt8(ascii: "\\"):
                position &+= 1
                let escaped = byte(text)
                guard escaped != 0, escaped != UInt8(ascii: "\n") else { return false }
                position &+= 1
            case 0: return false
            default: position &+= 1
            }
        }
    }

    private mutating func skipName(_ text: Span<UInt8>) {
        while Self.isNameByte(byte(text)) { position &+= 1 }
    }

    private func lineEnd(_ text: Span<UInt8>) -> Int {
        var place = position
        while place < text.count, text[place] != UInt8(ascii: "\n"), text[place] != 0 { place &+= 1 }
        return place
    }

    /// The byte to be read; 0 past the end.
    private func byte(_ text: Span<UInt8>) -> UInt8 {
        if position < text.count { return text[position] }
        return position == text.count ? UInt8(ascii: "\n") : 0
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
    private static func isNameStart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
    }
    private static func isNameByte(_ byte: UInt8) -> Bool { isNameStart(byte) || isDigit(byte) }
}
