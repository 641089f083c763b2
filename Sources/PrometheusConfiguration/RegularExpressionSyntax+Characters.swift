// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

extension RegularExpressionSyntax {
    /// After a backslash outside of brackets; true for a class of Unicode.
    mutating func escape() throws(Failure) -> Bool {
        switch peek(1) {
        case "A", "z", "b", "B", "d", "D", "s", "S", "w", "W": place += 2
        case "Q":
            place += 2
            while place < text.count, !(next == "\\" && peek(1) == "E") { place += 1 }
            place = min(place + 2, text.count)
        case "p", "P":
            try unicodeClass()
            return true
        default: _ = try escapedCharacter()
        }
        return false
    }

    /// `[…]`, from its bracket on.
    mutating func characterClass() throws(Failure) {
        place += 1
        _ = take("^")
        var isFirst = true
        while let scalar = next {
            if scalar == "]", !isFirst {
                place += 1
                return
            }
            isFirst = false
            if scalar == "[", peek(1) == ":", try namedClass() { continue }
            if scalar == "\\", let kind = peek(1) {
                if kind == "p" || kind == "P" {
                    try unicodeClass()
                    continue
                }
                if "dDsSwW".unicodeScalars.contains(kind) {
                    place += 2
                    continue
                }
            }
            try range()
        }
        throw Failure(message: "missing closing ]")
    }

    private mutating func range() throws(Failure) {
        let low = try classCharacter()
        guard next == "-", let after = peek(1), after != "]" else { return }
        place += 1
        guard try classCharacter() >= low else { throw Failure(message: "invalid character class range") }
    }

    private mutating func classCharacter() throws(Failure) -> UInt32 {
        guard let scalar = next else { throw Failure(message: "missing closing ]") }
        if scalar == "\\" { return try escapedCharacter() }
        place += 1
        return scalar.value
    }

    /// `[:alpha:]`; false where nothing of the kind closes, and the bracket stands for itself.
    private mutating func namedClass() throws(Failure) -> Bool {
        var end = place + 2
        while end + 1 < text.count, !(text[end] == ":" && text[end + 1] == "]") { end += 1 }
        guard end + 1 < text.count else { return false }
        var name = String(String.UnicodeScalarView(text[(place + 2)..<end]))
        if name.hasPrefix("^") { name.removeFirst() }
        guard Self.namedClasses.contains(name) else { throw Failure(message: "invalid character class range") }
        place = end + 2
        return true
    }

    private static let namedClasses: Set<String> = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word", "xdigit",
    ]

    /// One character by its escape: `\n`, `\x{263A}`, `\.`.
    private mutating func escapedCharacter() throws(Failure) -> UInt32 {
        place += 1
        guard let scalar = next else { throw Failure(message: "trailing backslash at end of expression") }
        place += 1
        switch scalar {
        case "a", "f", "n", "r", "t", "v": return Self.controls[scalar] ?? 0
        case "x": return try hexadecimal()
        case "0": return octal(scalar)
        case "1"..."7":
            // One digit alone would refer to a group, which RE2 doesn't do.
            if let digit = next, ("0"..."7").contains(digit) { return octal(scalar) }
        default: if scalar.isASCII, !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) { return scalar.value }
        }
        throw Failure(message: "invalid escape sequence")
    }

    private static let controls: [Unicode.Scalar: UInt32] = ["a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11]

    private mutating func octal(_ first: Unicode.Scalar) -> UInt32 {
        var value = first.value - 0x30
        for _ in 0..<2 {
            guard let digit = next, ("0"..."7").contains(digit) else { break }
            value = value * 8 + digit.value - 0x30
            place += 1
        }
        return value
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        let isBraced = take("{")
        var digits = ""
        while let scalar = next, Character(scalar).isHexDigit, scalar.isASCII, isBraced || digits.utf8.count < 2 {
            digits.unicodeScalars.append(scalar)
            place += 1
        }
        guard isBraced ? take("}") : digits.utf8.count == 2, let value = UInt32(digits, radix: 16), value <= 0x10_FFFF else {
            throw Failure(message: "invalid escape sequence")
        }
        return value
    }

    /// `\pL`, `\p{Greek}`, `\P{^Lu}`.
    private mutating func unicodeClass() throws(Failure) {
        place += 2
        var name = ""
        if take("{") {
            while let scalar = next, scalar != "}" {
                name.unicodeScalars.append(scalar)
                place += 1
            }
            guard take("}") else { throw Failure(message: "invalid character class range") }
            if name.hasPrefix("^") { name.removeFirst() }
        } else if let scalar = next {
            name.unicodeScalars.append(scalar)
            place += 1
        }
        guard Self.unicodeClasses.contains(name) else { throw Failure(message: "invalid character class range") }
    }

    /// The categories and scripts that Go 1.19 knows, which is Unicode 13.
    private static let unicodeClasses = Set(
        """
        Any C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs \
        Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki Bopomofo Brahmi Braille \
        Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot Cyrillic \
        Deseret Devanagari Dives_Akuru Dogra Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek \
        Gujarati Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited \
        Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kayah_Li Kharoshthi Khitan_Small_Script Khmer Khojki \
        Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen \
        Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar \
        Nabataean Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Old_Hungarian Old_Italic Old_North_Arabian \
        Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa \
        Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian Sora_Sompeng Soyombo \
        Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta \
        Ugaritic Vai Wancho Warang_Citi Yezidi Yi Zanabazar_Square
        """.split(separator: " ").map(String.init))
}
