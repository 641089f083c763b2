// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// A class of characters in a pattern.
struct ScalarSet: Sendable {
    enum Item: Sendable {
        case range(ClosedRange<UInt32>)
        /// Of general categories, or of all others.
        case categories(Set<Unicode.GeneralCategory>, isNegated: Bool)
        /// All but these.
        case outside([ClosedRange<UInt32>])
    }

    private let items: [Item]
    private let isNegated: Bool
    private let foldsCase: Bool
    /// The answers for ASCII, a bit each.
    private var ascii: (UInt64, UInt64) = (0, 0)

    init(_ items: [Item], isNegated: Bool = false, foldsCase: Bool = false) {
        self.items = items
        self.isNegated = isNegated
        self.foldsCase = foldsCase
        for value in UInt8(0)..<128 where computed(Unicode.Scalar(value)) {
            if value < 64 { ascii.0 |= 1 << UInt64(value) } else { ascii.1 |= 1 << UInt64(value - 64) }
        }
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        if value < 64 { return ascii.0 & (1 << UInt64(value)) != 0 }
        if value < 128 { return ascii.1 & (1 << UInt64(value - 64)) != 0 }
        return computed(scalar)
    }

    private func computed(_ scalar: Unicode.Scalar) -> Bool {
        var found = holds(scalar)
        if !found, foldsCase {
            let upper = Self.single(scalar.properties.uppercaseMapping) ?? scalar
            let lower = Self.single(scalar.properties.lowercaseMapping) ?? scalar
            found = holds(upper) || holds(lower) || Self.single(upper.properties.lowercaseMapping).map { holds($0) } ?? false
        }
        return found != isNegated
    }

    private static func single(_ text: String) -> Unicode.Scalar? {
        text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
    }

    private func holds(_ scalar: Unicode.Scalar) -> Bool {
        items.contains { item in
            switch item {
            case .range(let range): range.contains(scalar.value)
            case .categories(let categories, let isNegated): categories.contains(scalar.properties.generalCategory) != isNegated
            case .outside(let ranges): !ranges.contains { $0.contains(scalar.value) }
            }
        }
    }
}

extension ScalarSet {
    static func range(_ first: Unicode.Scalar, _ last: Unicode.Scalar) -> ClosedRange<UInt32> { first.value...last.value }

    static let digits = [range("0", "9")]
    static let spaces = [range("\t", "\n"), range("\u{C}", "\r"), range(" ", " ")]
    static let words = [range("0", "9"), range("A", "Z"), range("_", "_"), range("a", "z")]
    static let letters = [range("A", "Z"), range("a", "z")]

    /// `[:alpha:]` and its kin.
    static let posix: [String: [ClosedRange<UInt32>]] = [
        "alnum": digits + letters, "alpha": letters, "ascii": [0...0x7F], "blank": [range("\t", "\t"), range(" ", " ")],
        "cntrl": [0...0x1F, 0x7F...0x7F], "digit": digits, "graph": [range("!", "~")], "lower": [range("a", "z")], "print": [range(" ", "~")],
        "punct": [range("!", "/"), range(":", "@"), range("[", "`"), range("{", "~")], "space": [range("\t", "\r"), range(" ", " ")],
        "upper": [range("A", "Z")], "word": words, "xdigit": [range("0", "9"), range("A", "F"), range("a", "f")],
    ]

    /// The general categories that `\p{…}` names.
    static func categories(named name: String) -> Set<Unicode.GeneralCategory>? {
        if name.unicodeScalars.count == 1 {
            let members = byName.filter { $0.key.hasPrefix(name) }.map(\.value)
            return members.isEmpty ? nil : Set(members)
        }
        return byName[name].map { [$0] }
    }

    private static let byName: [String: Unicode.GeneralCategory] = [
        "Lu": .uppercaseLetter, "Ll": .lowercaseLetter, "Lt": .titlecaseLetter, "Lm": .modifierLetter, "Lo": .otherLetter,
        "Mn": .nonspacingMark, "Mc": .spacingMark, "Me": .enclosingMark, "Nd": .decimalNumber, "Nl": .letterNumber, "No": .otherNumber,
        "Pc": .connectorPunctuation, "Pd": .dashPunctuation, "Ps": .openPunctuation, "Pe": .closePunctuation, "Pi": .initialPunctuation,
        "Pf": .finalPunctuation, "Po": .otherPunctuation, "Sm": .mathSymbol, "Sc": .currencySymbol, "Sk": .modifierSymbol, "So": .otherSymbol,
        "Zs": .spaceSeparator, "Zl": .lineSeparator, "Zp": .paragraphSeparator, "Cc": .control, "Cf": .format, "Cs": .surrogate, "Co": .privateUse,
    ]
}
