// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import PrometheusConfiguration

@Suite("What Prometheus reads")
struct SyntaxTests {
    /// Source: Go 1.19 regexp/syntax/parse_test.go
    static let patterns = [
        "", "a", ".*", "(a|b)+?", "a{2}", "a{2,}", "a{2,3}?", "a{,2}", "a{02}", "{", "a{1", "[a]", "[^a]", "[]a]", "[a-]", "[-a]", "[\\d-z]",
        "[[:alpha:]]", "[[:^digit:]x]", "[[:x]", "[[]", "\\d\\w\\s\\D\\W\\S\\b\\B\\A\\z", "\\pL\\p{Greek}\\P{^Lu}[\\p{Han}]", "\\x41\\x{1F600}",
        "\\012\\07", "\\.\\*\\_\\-", "\\Qa(b\\E", "(?i)a(?-i)b", "(?i:a)", "(?P<name>a)", "(?P<a>b)(?P<a>c)", "(?:)", "()", "^*", "a|", "|a", "é",
        "\\n\\t\\v",
        "(a{10}){100}", "a{1000}", "(a{1000}){0}", "a)(b", "x*(?i)*", "(?s)a", "(?U)a+",
    ]

    @Test("as a regular expression", arguments: patterns)
    func regex(pattern: String) { #expect(RegularExpressionSyntax.problem(in: pattern) == nil) }

    @Test("as a regular expression, and compiles")
    func compiles() throws {
        let rules = JSONValue.array(Self.patterns.map { ["action": "keep", "sourceLabels": ["a"], "regex": .string($0)] })
        let monitor = Fixtures.serviceMonitor(endpoint: ["port": "http", "relabelings": rules])
        try CheckedConfiguration.check { environment in
            let configuration = ServerConfiguration(MonitoringObjects(serviceMonitors: [monitor]), in: environment(.files(folder: "/lab/targets")))
            #expect(configuration.problems.isEmpty)
            return configuration
        }
    }

    @Test(
        "not as a regular expression",
        arguments: [
            "(", ")", "a(b", "[a", "[]", "[^]", "*", "+a", "?", "a**", "a*+", "(*a)", "(|*)", "a{1001}", "a{3,2}", "(a{10}){101}", "[b-a]",
            "[[:foo:]]",
            "\\", "a\\", "\\1", "\\8", "\\C", "\\e", "\\é", "\\p{Foo}", "\\pX", "\\p{L", "\\x4", "\\x{110000}", "\\x{}", "(?<name>a)",
            "(?P<>a)", "(?P=a)", "(?=a)", "(?!a)", "(?<=a)", "(?i", "(?-)a", "(?x)", "[\\x{41}-\\d]", "[a-\\d]", "a{1000}{2}",
            "((((a{100}){100}){2}))",
            String(repeating: "(", count: 5000), String(repeating: "(a", count: 3000) + String(repeating: ")", count: 3000), "[\\Qab\\E]", "\\Qa",
        ])
    func noRegex(pattern: String) { #expect(RegularExpressionSyntax.problem(in: pattern) != nil) }

    @Test("and says what is wrong")
    func messages() {
        #expect(RegularExpressionSyntax.problem(in: "a(b") == "missing closing )")
        #expect(RegularExpressionSyntax.problem(in: "[a") == "missing closing ]")
        #expect(RegularExpressionSyntax.problem(in: "(?=a)") == "invalid or unsupported Perl syntax")
    }

    /// Source: prometheus/common model/time_test.go
    @Test(
        "as a duration",
        arguments: [
            ("0", 0), ("0s", 0), ("324ms", 324), ("3s", 3000), ("5m", 300_000), ("1h", 3_600_000), ("4d", 345_600_000), ("4d1h", 349_200_000),
            ("14d", 1_209_600_000), ("3w", 1_814_400_000), ("3w2d1h", 1_990_800_000), ("10y", 315_360_000_000), ("1h30m0s5ms", 5_400_005),
        ])
    func duration(text: String, milliseconds: Int64) { #expect(PrometheusDuration(text)?.milliseconds == milliseconds) }

    @Test(
        "not as a duration",
        arguments: [
            "", "1", "s", "1S", "-1w", "1.5d", "d", "1s1m", "1s2s", "1 s", " 1s", "294y", "200y10400w", "9999999999999999999s", "٣s", "+1s", "1ns",
        ])
    func noDuration(text: String) { #expect(PrometheusDuration(text) == nil) }

    @Test(
        "as a size",
        arguments: [("0", 0), ("0B", 0), ("512B", 512), ("1KB", 1024), ("1KiB", 1024), ("1.5MB", 1_572_864), (".5KB", 512), ("2GiB", 2_147_483_648)]
            as [(String, Double)])
    func size(text: String, bytes: Double) { #expect(ByteSize(text)?.bytes == bytes) }

    @Test(
        "not as a size",
        arguments: ["", "1", "B", "KB", "1kb", "1K", "-1B", "1.B", "1e3B", "1 B", "1iB", "1.1.1B", "0x1B", "infB", "nanB", "9EB", "9999EB"])
    func noSize(text: String) { #expect(ByteSize(text) == nil) }

    @Test("as the name of a label to come", arguments: ["a", "_", "a1", "$1", "${1}", "a_$1_b", "${name}x", "$1$2", "a$b"])
    func template(text: String) { #expect(LabelName.isValidTemplate(text)) }

    @Test("not as the name of a label to come", arguments: ["", "1a", "a-b", "$", "${", "${}", "${1", "a b", "é", "a.b", "$-"])
    func noTemplate(text: String) { #expect(!LabelName.isValidTemplate(text)) }

    @Test(
        "as a URL", arguments: ["http://a", "https://a.example:8080/b?c=d#e", "http://[::1]:80/", "http://[fd00::1]", "https://a/%20b", "HTTP://a"])
    func url(text: String) { #expect(URLSyntax.problem(in: text) == nil) }

    @Test(
        "not as a URL",
        arguments: [
            "", "a", "/a", "a:80", "ftp://a", "http://", "http:///a", "http://a b", "http://a\n", "http://u:p@a", "http://a:x", "http://a:0",
            "http://a:70000",
            "http://a:", "http://a/%2", "http://a/%zz", "http://[::1", "http://[]", "http://[x]", "http://[::1]x", "http://é", "http://a/{b}",
            "http://a:+80",
        ])
    func noURL(text: String) { #expect(URLSyntax.problem(in: text) != nil) }

    @Test(
        "as a version", arguments: [("2.42.0+ds", PrometheusVersion(2, 42)), ("v2.5.0", PrometheusVersion(2, 5)), ("3.1", PrometheusVersion(3, 1))])
    func version(text: String, version: PrometheusVersion) { #expect(PrometheusVersion(text) == version) }

    @Test("not as a version", arguments: ["", "2", "v", "a.b", "-1.2", "2.x"])
    func noVersion(text: String) { #expect(PrometheusVersion(text) == nil) }
}
