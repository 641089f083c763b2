// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Names of Prometheus' labels.
enum LabelName {
    /// A letter or `_`, then also digits.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy(isWord)
    }

    /// The name of a series: colons too.
    static func isValidMetric(_ name: String) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ":") }
    }

    /// What becomes of a Kubernetes label's key: every other character is `_`.
    static func sanitized(_ key: String) -> String {
        String(String.UnicodeScalarView(key.unicodeScalars.map { $0.isASCII && isWord(UInt8(truncatingIfNeeded: $0.value)) ? $0 : "_" }))
    }

    /// Whether it is a name once `$1` or `${name}` in it stand for something.
    /// - Source: `relabelTarget`, prometheus v2.42 model/relabel/relabel.go
    static func isValidTemplate(_ template: String) -> Bool {
        var rest = Array(template.utf8)[...]
        var isFirst = true
        while let byte = rest.first {
            if byte == UInt8(ascii: "$") {
                rest.removeFirst()
                guard takeReference(&rest) else { return false }
            } else {
                guard isWord(byte), !(isFirst && isDigit(byte)) else { return false }
                rest.removeFirst()
            }
            isFirst = false
        }
        return !isFirst
    }

    private static func takeReference(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let isBraced = rest.first == UInt8(ascii: "{")
        if isBraced { rest.removeFirst() }
        let name = rest.prefix(while: isWord)
        guard !name.isEmpty else { return false }
        rest.removeFirst(name.count)
        guard isBraced else { return true }
        guard rest.first == UInt8(ascii: "}") else { return false }
        rest.removeFirst()
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        default: isDigit(byte)
        }
    }
}
