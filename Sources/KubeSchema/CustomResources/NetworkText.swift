// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Addresses and names of the network, as Go's `net` and `net/url` take them.
enum NetworkText {
    /// An address of either family.
    static func isAddress(_ text: String) -> Bool { text.contains(":") ? isIPv6(text) : isIPv4(Substring(text)) }

    /// Four numbers without leading zeros.
    private static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && isDigits(part) && (part.utf8.count == 1 || !part.hasPrefix("0")) && (Int(part) ?? 256) < 256
            }
    }

    private static func isDigits(_ text: Substring) -> Bool { text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }

    private static func isIPv6(_ text: String) -> Bool {
        let halves = halves(Substring(text))
        guard halves.count <= 2 else { return false }
        var groups = 0
        for (place, half) in halves.enumerated() where !half.isEmpty {
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                if part.contains(".") {
                    // Only at the very end may an IPv4 address stand.
                    guard place == halves.count - 1, index == parts.count - 1, isIPv4(part) else { return false }
                    groups += 2
                } else {
                    guard (1...4).contains(part.utf8.count), part.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return false }
                    groups += 1
                }
            }
        }
        return halves.count == 2 ? groups < 8 : groups == 8
    }

    /// What stands around `::`.
    private static func halves(_ text: Substring) -> [Substring] {
        var halves: [Substring] = []
        var start = text.startIndex
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == ":", next < text.endIndex, text[next] == ":" {
                halves.append(text[start..<index])
                start = text.index(after: next)
                index = start
            } else {
                index = next
            }
        }
        return halves + [text[start...]]
    }

    static func isBlock(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, isAddress(String(parts[0])), (1...3).contains(parts[1].utf8.count), isDigits(parts[1]) else { return false }
        guard let length = Int(parts[1]), parts[1].utf8.count == 1 || !parts[1].hasPrefix("0") else { return false }
        return length <= (parts[0].contains(":") ? 128 : 32)
    }

    /// Six, eight or twenty bytes in hexadecimal, by colons, dashes or dots.
    static func isHardwareAddress(_ text: String) -> Bool {
        for (separator, width) in [(":", 2), ("-", 2), (".", 4)] where text.contains(separator) {
            let parts = text.split(separator: Character(separator), omittingEmptySubsequences: false)
            return [6, 8, 20].contains(parts.count * width / 2)
                && parts.allSatisfy { $0.utf8.count == width && $0.allSatisfy { $0.isASCII && $0.isHexDigit } }
        }
        return false
    }

    static func isHostname(_ text: String) -> Bool {
        guard text.utf8.count <= 255 else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            label.utf8.count <= 63 && !label.isEmpty && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0.isSymbol }
        }
    }

    /// A URI with a scheme, or a path from the root.
    static func isRequestURI(_ text: String) -> Bool {
        guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }) else { return false }
        guard hasValidEscapes(text) else { return false }
        if text.hasPrefix("/") { return true }
        guard let colon = text.firstIndex(of: ":"), let first = text.first, first.isASCII, first.isLetter else { return false }
        let scheme = text[..<colon]
        guard scheme.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }) else { return false }
        return !text[text.index(after: colon)...].isEmpty
    }

    private static func hasValidEscapes(_ text: String) -> Bool {
        let parts = text.split(separator: "%", omittingEmptySubsequences: false).dropFirst()
        return parts.allSatisfy { $0.prefix(2).count == 2 && $0.prefix(2).allSatisfy { $0.isASCII && $0.isHexDigit } }
    }

    /// An address, perhaps behind a name and in angle brackets.
    static func isEmail(_ text: String) -> Bool {
        var address = Substring(text)
        if address.hasSuffix(">"), let start = address.lastIndex(of: "<") { address = address[address.index(after: start)...].dropLast() }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        let forbidden = Set("()<>[]:;\\,\" ")
        return parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty && !part.hasPrefix(".") && !part.hasSuffix(".") && !part.contains("..") && !part.contains { forbidden.contains($0) }
            }
    }
}
