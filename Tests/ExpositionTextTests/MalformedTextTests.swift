// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import KubeModel
import Testing

@Suite("Malformed exposition text")
struct MalformedTextTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        /// Entries read before the error, and the byte it is at.
        var entries: Int
        var offset: Int
        var testDescription: String { text.debugDescription }

        init(_ text: String, entries: Int = 0, at offset: Int) {
            self.text = text
            self.entries = entries
            self.offset = offset
        }
    }

    @Test(
        "ends reading with an error at the byte where it went wrong, and what came before it is told",
        arguments: [
            Case("a", at: 1), Case("a\n", at: 1), Case("a b c\n", at: 2), Case("a{", at: 2), Case("a{b", at: 3), Case("a{b=", at: 4),
            Case("a{b=\"", at: 4), Case("a{b=\"c", at: 4), Case("a{b=\"c\"", at: 7), Case("a{b=\"c\"}", at: 8), Case("a{b=\"c\\", at: 4),
            Case("a{b=\"c\\\n\"} 1\n", at: 4), Case("a 1 2 3\n", at: 6), Case("a 1 99999999999999999999\n", at: 4), Case("a 1e999\n", at: 2),
            Case("a 0x1p-2\n", at: 2), Case("a --1\n", at: 2), Case("a +nan\n", at: 2), Case("a 1e\n", at: 2), Case("a .\n", at: 2),
            Case("ok 1\n}\n", entries: 1, at: 5), Case("ok 1\na{b=\"c\",,}\n", entries: 1, at: 13),
            Case("# TYPE a\n", at: 8), Case("# HELP 1 x\n", at: 7), Case("a{\"b\"} 1\n", at: 5), Case("{} 1\n", at: 3), Case("é 1\n", at: 0),
            Case("{\"a\",\"b\"} 1\n", at: 8), Case("a{b=\"\u{0}", at: 4),
        ])
    func error(_ one: Case) throws {
        let outcome = Outcome(Array(one.text.utf8))
        let error = try #require(outcome.error)
        #expect(outcome.entries.count == one.entries)
        #expect(error.offset == one.offset, "\(error)")
    }

    @Test("bytes that are not UTF-8 are refused in label values and help texts")
    func invalidUTF8() {
        for lead: [UInt8] in [Array("a{b=\"".utf8), Array("# HELP a ".utf8)] {
            let outcome = Outcome(lead + [0xFF] + Array("\"} 1\n".utf8))
            #expect(outcome.error != nil && outcome.entries.isEmpty)
        }
    }

    @Test(
        "a zero byte where an entry may begin or in a comment ends the text, as upstream has it",
        arguments: ["a 1\n\u{0}b 2\n", "a 1\n# c\u{0}\nb 2\n"])
    func zeroByte(_ text: String) {
        let outcome = Outcome(Array(text.utf8))
        #expect(outcome.error == nil)
        #expect(outcome.entries.count == 1)
    }

    @Test("however a text is cut short or a byte of it changed, reading comes to an end")
    func mutilated() {
        let text = "# HELP a_total some \\\\ text\n# TYPE a_total counter\na_total{b=\"c\\\"d\",e=\"é\"} 1.5e3 1767225600000\n{\"x.y\",b=\"\"} NaN\n"
        let whole = Array(text.utf8)
        for end in whole.indices { _ = Outcome(Array(whole[..<end])) }
        for index in whole.indices {
            for byte: UInt8 in [0, 9, 10, 13, 32, 34, 35, 44, 48, 61, 92, 95, 123, 125, 127, 128, 195, 255] {
                var changed = whole
                changed[index] = byte
                let outcome = Outcome(changed)
                #expect(outcome.entries.count <= 5)
                if let error = outcome.error { #expect((0...changed.count + 1).contains(error.offset)) }
            }
        }
    }

    @Test("what the writer writes, the reader reads", arguments: [0.1, -3, 1e300, .leastNonzeroMagnitude, .infinity, 123_456_789.123_456_79, 0x1p63])
    func roundTrip(_ value: Double) {
        var writer = ExpositionWriter()
        writer.family("a_total", .counter, help: "with \\ and\nline")
        writer.sample("a_total", ["label": "with \"quotes\", \\ and\nline"], value, timestampMilliseconds: 7)
        let outcome = Outcome(writer.bytes)
        #expect(outcome.error == nil)
        #expect(
            outcome.entries == [
                ["type": "help", "name": "a_total", "text": "with \\ and\nline"], ["type": "type", "name": "a_total", "text": "counter"],
                [
                    "type": "series", "rawSeries": #"a_total{label="with \"quotes\", \\ and\nline"}"#,
                    "labels": ["__name__": "a_total", "label": "with \"quotes\", \\ and\nline"], "value": .string("\(value)"), "timestampMillis": 7,
                ],
            ])
    }

    @Test("numbers are read to the last bit, by the short way or the long one")
    func numbers() {
        var state: UInt64 = 42
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Double(bitPattern: state)
            guard value.isFinite else { continue }
            // In three spellings: with an exponent, cut to few digits, and in one place moved.
            let spellings = ["\(value)", "\(Double(Float(value)))", "\(Int64(truncatingIfNeeded: state >> 20)).\(state % 1000)"]
            for text in spellings where Double(text)?.isFinite == true {
                let outcome = Outcome(Array("a \(text)\n".utf8))
                #expect(outcome.entries.first?["value"]?.string == Double(text).map { "\($0)" }, "\(text)")
            }
        }
    }
}
