// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import Testing

@Suite("YAML")
struct YAMLTests {
    /// Source: gopkg.in/yaml.v2 resolve.go, through sigs.k8s.io/yaml
    @Test(
        "scalars mean what kubectl takes them for",
        arguments: [
            ("a", "a"), ("'1'", "1"), ("\"true\"", "true"), ("1", 1), ("-17", -17), ("+3", 3), ("0x1F", 31), ("0o17", 15), ("017", 15), ("0b101", 5),
            ("1_000", 1000),
            ("9223372036854775807", .integer(.max)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("-9223372036854775808", .integer(.min)),
            ("1.5", 1.5), (".5", 0.5), ("1.", 1), ("1e3", 1000), ("1.0", 1), ("080", 80), ("yes", true), ("on", true), ("No", false), ("off", false),
            ("y", true), ("True", true),
            ("tRue", "tRue"), ("null", .null), ("~", .null), ("", .null), ("2001-01-01", "2001-01-01"), ("1:30", "1:30"), ("100m", "100m"),
            ("1m", "1m"),
            ("200Mi", "200Mi"), ("0x", "0x"), ("+", "+"), (".", "."), ("1-2", "1-2"), ("0-1", "0-1"), ("--1", "--1"), ("!!str 12", "12"),
            ("!!int '12'", 12),
            ("!custom x", "x"), ("|\n  two\n  lines\n", "two\nlines\n"),
        ] as [(String, JSONValue)])
    func scalars(text: String, expected: JSONValue) throws {
        #expect(try YAML.document(in: "v: \(text)\n")["v"] == expected)
    }

    @Test("documents are read in order, empty ones left out")
    func severalDocuments() throws {
        #expect(try YAML.documents(in: "---\na: 1\n---\n# nothing\n---\n- b\n...\n") == [["a": 1], ["b"]])
        #expect(try YAML.documents(in: "").isEmpty)
        #expect(try YAML.documents(in: "{\"a\": [1, \"x\"]}") == [["a": [1, "x"]]])
    }

    @Test(
        "keys that are no text are written out",
        arguments: [
            ("1: a", "1"), ("true: a", "true"), ("on: a", "true"), ("'on': a", "on"), ("~: a", "null"), ("1.5: a", "1.5"),
        ])
    func keys(text: String, key: String) throws {
        #expect(try YAML.document(in: text) == .object([key: "a"]))
    }

    @Test("anchors, aliases and merge keys")
    func aliases() throws {
        let text = "base: &b {x: 1, z: 2}\nuse:\n  <<: *b\n  z: 3\nlist: [*b, *b]\n"
        #expect(
            try YAML.document(in: text) == ["base": ["x": 1, "z": 2], "use": ["x": 1, "z": 3], "list": [["x": 1, "z": 2], ["x": 1, "z": 2]]])
    }

    @Test(
        "what is wrong is told with its line and column",
        arguments: [
            ("a: 1\nb: [1, 2\nc: 3\n", 3, 2), ("a: 1\n b: 2\n", 2, 3), ("a: \"x\nb: 1", 2, 5), ("x: 1\ny: 2\nx: 3\n", 1, 1), ("a: .inf\n", 1, 4),
            ("a: *none\n", 1, 4),
            ("a:\n  1: x\n  0x1: y\n", 3, 3), ("? [a]\n: b\n", 1, 3), ("a: !!int x\n", 1, 4), ("<<: 3\n", 1, 5), ("a: \t\tb: c", 1, 7),
            ("\tx: 1", 1, 1), ("a: !!binary aGk=", 1, 4),
            ("@a", 1, 1), ("a: 'x", 1, 6), ("%YAML 3.0\n---\na", 1, 1), ("a: b: c", 1, 5),
        ])
    func malformed(text: String, line: Int, column: Int) {
        let error = #expect(throws: YAMLError.self) { try YAML.documents(in: text) }
        #expect(error.map { [$0.line, $0.column] } == [line, column], "\(error.map(\.description) ?? "")")
    }

    @Test("aliases of aliases cannot blow up a document")
    func billionLaughs() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<12 { text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n" }
        #expect(throws: YAMLError.self) { try YAML.documents(in: text) }
        #expect(throws: YAMLError.self) { try YAML.documents(in: text + "? *a11\n: x\n") }
        #expect(throws: YAMLError.self) { try YAML.documents(in: text + "*a11 : x\n") }
        #expect(throws: YAMLError.self) { try YAML.documents(in: text + "[*a11] : x\n") }
    }

    @Test("nesting is bounded", arguments: [300, 5000, 100_000])
    func depth(levels: Int) {
        #expect(throws: YAMLError.self) { try YAML.documents(in: String(repeating: "[", count: levels)) }
        #expect(throws: YAMLError.self) { try YAML.documents(in: String(repeating: "[", count: levels) + String(repeating: "]", count: levels)) }
        #expect(throws: YAMLError.self) { try YAML.documents(in: String(repeating: "- ", count: levels) + "a") }
    }

    @Test("writing is kubectl's style")
    func writing() {
        let value: JSONValue = [
            "kind": "Deployment",
            "spec": ["replicas": 2, "args": ["-v=2", "x"], "empty": [:], "none": [], "nested": [["a": 1, "b": [1]], [[1], 2]]],
            "text": "two\nlines\n",
            "odd": ["true", "1", "", "a: b", "- x", "null", "#c", "it's", "a#b", "tab\t", "1:30", "2001-01-01", "x:", " x", "1m", "v1", "*", "{"],
        ]
        let expected = """
            kind: Deployment
            odd:
            - 'true'
            - '1'
            - ''
            - 'a: b'
            - '- x'
            - 'null'
            - '#c'
            - it's
            - a#b
            - "tab\\t"
            - '1:30'
            - '2001-01-01'
            - 'x:'
            - ' x'
            - 1m
            - v1
            - '*'
            - '{'
            spec:
              args:
              - -v=2
              - x
              empty: {}
              nested:
              - a: 1
                b:
                - 1
              - - - 1
                - 2
              none: []
              replicas: 2
            text: |
              two
              lines

            """
        #expect(YAML.text(of: value) == expected)
    }

    @Test("a key of more than 128 bytes is written with a question mark before it, as kubectl does")
    func longKeys() throws {
        let (short, long) = (String(repeating: "s", count: 128), String(repeating: "l", count: 129))
        let value: JSONValue = ["a": .object([short: 1, long: ["x": [1]]])]
        let written = YAML.text(of: value)
        #expect(written == "a:\n  ? \(long)\n  :\n    x:\n    - 1\n  \(short): 1\n")
        #expect(try YAML.document(in: written) == value)
    }

    @Test(
        "what is written reads back the same",
        arguments: [
            "", " ", "a", "a\nb", "a\nb\n", "a\n\n", "\n", "\na", " a\nb", "a\n  b\n", "\t", "é", "\u{7F}", "\u{2028}", "'", "\"", "\\", "a: b",
            "a #b", "- a", "-", "?", "!x", "&x", "*x",
            "<<", "---", "--- a", "---a", "... 800", "...a", "...", "%x", "@x", "`x", "[", "]a", "a,b", "0x1", "1e3", "0o7", "08", "~", "yes", ".inf",
            ".5", "=", "<", "🙂",
            "\r\n", "a\rb", "trailing ", ":a", "a:", "\u{85}x", "-1x", "- ",
            // As keys these are longer than a key may be that stands before its colon.
            String(repeating: "long", count: 300), String(repeating: "\u{7F}", count: 200),
        ])
    func roundTrip(text: String) throws {
        let value: JSONValue = ["k": .string(text), "list": [.string(text), ["k2": .string(text)]], "m": .object([text: 1])]
        let written = YAML.text(of: value)
        #expect(try YAML.document(in: written) == value, "\(written)")
    }
}
