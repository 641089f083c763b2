// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import RegularExpressions

/// Pieces of Prometheus' query language.
package enum PromQL {
    /// A text in quotes, as Go's `%q` writes it and Prometheus reads it.
    /// - Source: strconv.Quote of Go
    package static func quoted(_ text: String) -> String {
        // A hundred names joined are long, and have nothing to escape.
        guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
            return "\"\(text)\""
        }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{7}": result += "\\a"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{B}": result += "\\v"
            case "\0"..<" ", "\u{7F}": result += "\\x" + hexadecimal(scalar.value, 2)
            case _ where isPrintable(scalar): result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x10000: result += "\\u" + hexadecimal(scalar.value, 4)
            default: result += "\\U" + hexadecimal(scalar.value, 8)
            }
        }
        return result + "\""
    }

    private static func hexadecimal(_ value: UInt32, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// - Source: unicode.IsPrint of Go: letters, marks, numbers, punctuation, symbols, and the blank of ASCII.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }
}

/// How several texts become one that a matcher `=~` takes.
package enum AlternativesEscaping: Sendable, Hashable {
    /// Each matches itself alone: a dot in a node's name is a dot.
    case literal
    /// As prometheus-adapter joins them, to whose regular expressions a dot is any character.
    case none

    func joined(_ texts: [String]) -> String {
        texts.map { self == .literal ? RegularExpression.escaped($0) : $0 }.joined(separator: "|")
    }
}
