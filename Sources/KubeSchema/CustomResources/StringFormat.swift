// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The formats of text that upstream checks. Others (`int32`, `int64`, `float`, …) are only documentation to it, and so to us.
///
/// - Source: `supportedFormats`, k8s.io/apiextensions-apiserver pkg/apiserver/validation/formats.go; k8s.io/kube-openapi pkg/validation/strfmt
enum StringFormat {
    private static let names: Set<String> = [
        "bsonobjectid", "uri", "email", "hostname", "ipv4", "ipv6", "cidr", "mac", "uuid", "uuid3", "uuid4", "uuid5", "isbn", "isbn10", "isbn13",
        "creditcard", "ssn", "hexcolor", "rgbcolor", "byte", "password", "date", "duration", "datetime", "k8sshortname", "k8slongname",
    ]

    /// Dashes in a format's name don't count.
    private static func normalized(_ format: String) -> String { format.filter { $0 != "-" } }

    static func isKnown(_ format: String) -> Bool { !format.isEmpty && names.contains(normalized(format)) }

    /// Whether a text is of a known format.
    static func accepts(_ text: String, format: String) -> Bool {
        let bytes = Array(text.utf8)
        switch normalized(format) {
        case "datetime": return Timestamp(text) != nil
        case "date": return bytes.count == 10 && Timestamp(text + "T00:00:00Z") != nil
        case "duration": return Duration(goText: text) != nil || isWordyDuration(text)
        case "byte": return isBase64(bytes)
        case "ipv4": return NetworkText.isAddress(text) && text.contains(".")
        case "ipv6": return NetworkText.isAddress(text) && text.contains(":")
        case "cidr": return NetworkText.isBlock(text)
        case "mac": return NetworkText.isHardwareAddress(text)
        case "hostname": return NetworkText.isHostname(text)
        case "uri": return NetworkText.isRequestURI(text)
        case "email": return NetworkText.isEmail(text)
        case "k8sshortname": return NameRule.label.problem(text) == nil
        case "k8slongname": return NameRule.subdomain.problem(text) == nil
        default: return patterns[normalized(format)].map { $0.matches(text) } ?? acceptsNumbered(text, normalized(format))
        }
    }

    private static let patterns: [String: TextPattern] = {
        let hex = "[0-9a-f]"
        let texts = [
            "uuid": "(?i)^\(hex){8}-?\(hex){4}-?\(hex){4}-?\(hex){4}-?\(hex){12}$",
            "uuid3": "(?i)^\(hex){8}-?\(hex){4}-?3\(hex){3}-?\(hex){4}-?\(hex){12}$",
            "uuid4": "(?i)^\(hex){8}-?\(hex){4}-?4\(hex){3}-?[89ab]\(hex){3}-?\(hex){12}$",
            "uuid5": "(?i)^\(hex){8}-?\(hex){4}-?5\(hex){3}-?[89ab]\(hex){3}-?\(hex){12}$",
            "bsonobjectid": "^[0-9a-fA-F]{24}$", "ssn": "^[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}$", "hexcolor": "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$",
            "rgbcolor":
                "^rgb\\(\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*(,\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*){2}\\)$",
        ]
        return texts.compactMapValues { try? TextPattern($0) }
    }()

    /// Numbers with a check digit; a password is any text.
    private static func acceptsNumbered(_ text: String, _ format: String) -> Bool {
        switch format {
        case "isbn10": return isISBN10(text)
        case "isbn13": return isISBN13(text)
        case "isbn": return isISBN10(text) || isISBN13(text)
        case "creditcard":
            let digits = text.compactMap(\.wholeNumberValue)
            let sum = digits.reversed().enumerated().reduce(0) { sum, next in
                let doubled = next.element * 2
                return sum + (next.offset % 2 == 0 ? next.element : doubled > 9 ? doubled - 9 : doubled)
            }
            return (13...16).contains(digits.count) && sum % 10 == 0
        default: return true
        }
    }

    private static func isISBN10(_ text: String) -> Bool {
        let symbols = text.filter { $0 != "-" && $0 != " " }
        guard symbols.count == 10 else { return false }
        var sum = 0
        for (index, symbol) in symbols.enumerated() {
            guard let digit = symbol.isASCII ? symbol.wholeNumberValue ?? (symbol == "X" && index == 9 ? 10 : nil) : nil else { return false }
            sum += (10 - index) * digit
        }
        return sum % 11 == 0
    }

    private static func isISBN13(_ text: String) -> Bool {
        let symbols = text.filter { $0 != "-" && $0 != " " }
        let digits = symbols.compactMap { $0.isASCII ? $0.wholeNumberValue : nil }
        guard symbols.count == 13, digits.count == 13 else { return false }
        return digits.enumerated().reduce(0) { $0 + ($1.offset % 2 == 0 ? 1 : 3) * $1.element } % 10 == 0
    }

    /// Padded standard base64 of one byte or more, without line breaks.
    private static func isBase64(_ bytes: [UInt8]) -> Bool {
        guard !bytes.isEmpty, bytes.count % 4 == 0 else { return false }
        let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        return padding <= 2
            && bytes.dropLast(padding).allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "+"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }

    /// `2 days`, `5 minutes`: numbers with words for units.
    private static func isWordyDuration(_ text: String) -> Bool {
        var rest = Substring(text)
        while let start = rest.firstIndex(where: { $0.isASCII && $0.isNumber }) {
            rest = rest[start...].drop { $0.isASCII && $0.isNumber }.drop { $0.isWhitespace }
            let unit = rest.prefix { $0.isASCII && $0.isLetter || $0 == "\u{B5}" }.lowercased()
            if shortUnits.contains(unit) || longUnits.contains(where: { unit.hasPrefix($0) }) { return true }
        }
        return false
    }

    private static let shortUnits: Set<String> = ["ns", "us", "\u{B5}s", "ms", "s", "m", "h", "d", "w"]
    private static let longUnits = ["nano", "micro", "milli", "sec", "min", "hr", "hour", "day", "week", "wk"]
}
