// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

@Suite("Patterns of text")
struct CustomResourcePatternTests {
    @Test(
        "a pattern matches as Go's regexp does",
        arguments: [
            ("a", ["a", "xax"], ["", "b"]), ("^a$", ["a"], ["aa", "a\n"]), ("a|b|", ["", "c"], []), ("^(a|bc)+$", ["abc", "bcbc"], ["", "ab"]),
            ("^[0-9a-zA-Z-.]+$", ["a-1.B"], ["a_b", ""]), (#"^[\w\s:/.\\-]+$"#, [#"a b:/.\-"#], ["a+b"]),
            ("^(?i)(abort|warn)?$", ["", "ABORT", "Warn"], ["warning"]), ("^(http|https|socks5)://.+$", ["https://x"], ["ftp://x", "http://"]),
            (
                "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$", ["", "0", "1h30m", "5ms"],
                ["1x", "5m1h"]
            ),
            (
                #"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"#,
                ["100m", "1.5Gi", "-.5e3"], ["1Q", "", "m"]
            ),
            ("^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]), ("^a{2}$", ["aa"], ["aaa"]), ("^a{2,}$", ["aaaa"], ["a"]), ("^a{,2}$", ["a{,2}"], ["aa"]),
            ("^[^a-c]$", ["d", "\n", "ä"], ["b"]), ("^.$", ["ä", "🙂"], ["\n", ""]), ("(?s)^.$", ["\n"], ["ab"]), ("(?m)^b$", ["a\nb\nc"], ["ab"]),
            (#"\bfoo\b"#, ["a foo b", "foo"], ["food"]), (#"\Bo"#, ["foo"], ["o"]), (#"^\d\D\s\S\w\W$"#, ["1a b_-"], ["aa b_-"]),
            ("^[[:alpha:]]+$", ["abC"], ["a1"]), ("^[[:^digit:]]$", ["a"], ["1"]), (#"^\p{Lu}\pL\P{L}$"#, ["Äb1"], ["äb1", "Äbc"]),
            (#"^\x41\x{42}\103$"#, ["ABC"], ["abc"]),
            (#"^\Qa.b\E$"#, ["a.b"], ["axb"]), ("^(?P<n>a)(?:b)(?<m>c)$", ["abc"], ["ab"]), ("^[]a]+$", ["]a"], ["b"]), ("^(?i:a)b$", ["Ab"], ["aB"]),
            ("(?i)^k$", ["K", "\u{212A}"], ["x"]), ("a*?b", ["aab"], ["a"]), ("^$", [""], ["a"]), ("^[a-]$", ["-", "a"], ["b"]),
            ("(|a)*$", ["aaa"], []),
        ] as [(String, [String], [String])])
    func matches(pattern: String, good: [String], bad: [String]) throws {
        let compiled = try TextPattern(pattern)
        for text in good { #expect(compiled.matches(text), "\(pattern) and \(text)") }
        for text in bad { #expect(!compiled.matches(text), "\(pattern) and \(text)") }
    }

    @Test(
        "what is no pattern is refused in Go's words",
        arguments: [
            ("(", "missing closing ): `(`"), ("a)", "unexpected ): `a)`"), ("[a", "missing closing ]: `[a`"),
            ("*a", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"), ("a{1001}", "invalid repeat count: `{1001}`"),
            ("a{3,2}", "invalid repeat count: `{3,2}`"),
            ("[z-a]", "invalid character class range: `z-a`"), (#"\y"#, #"invalid escape sequence: `\y`"#),
            ("\\", "trailing backslash at end of expression: ``"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"), (#"(a)\1"#, #"invalid escape sequence: `\1`"#),
            ("[[:x:]]", "invalid character class range: `[:x:]`"),
            (#"\p{Greek}"#, #"invalid character class range: `\p{Greek}`"#), ("(((a{100}){100}){100})", "expression too large"),
        ])
    func refused(pattern: String, words: String) {
        #expect(throws: TextPatternError("\(words)")) { try TextPattern(pattern) }
    }

    @Test("no text makes a pattern slow", .timeLimit(.minutes(1)), arguments: ["(a+)+$", "(a|aa)+$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$"])
    func linear(pattern: String) throws {
        #expect(try !TextPattern(pattern).matches(String(repeating: "a", count: 20_000) + "!"))
    }

    @Test("a deep or hostile expression is refused rather than followed")
    func deep() {
        #expect(throws: TextPatternError.self) { try TextPattern(String(repeating: "(", count: 10_000)) }
        #expect(throws: TextPatternError.self) { try TextPattern("a{99999999999999999999}") }
        #expect(throws: TextPatternError.self) { try TextPattern("[\\x{FFFFFFFFFFFF}]") }
    }
}
