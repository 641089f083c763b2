// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
@testable import MetricRules
import RegularExpressions
import Testing

@Suite("Metric rules")
struct MetricRulesTests {
    private static func rule(_ query: String, name: NameMapping = NameMapping(), filters: [SeriesFilter] = []) -> DiscoveryRule {
        var rule = DiscoveryRule()
        rule.seriesQuery = "http_requests_total"
        rule.seriesFilters = filters
        rule.resources.template = "<<.Resource>>"
        rule.name = name
        rule.metricsQuery = query
        return rule
    }

    private static let nodes = GroupResource(group: "", resource: "nodes")

    @Test("several objects are asked for by their very names: a dot is a dot, and a quote ends nothing")
    func escaping() throws {
        let rule = try CompiledRule(Self.rule("sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)"), Fixtures.kinds)
        func query(_ names: [String], _ escaping: AlternativesEscaping) throws -> String {
            try rule.query(series: "up", Self.nodes, namespace: "", names: names, selector: .everything, escaping: escaping)
        }
        #expect(try query(["a.b", "c"], .literal) == #"sum(up{node=~"a\\.b|c"}) by (node)"#)
        #expect(try query(["a.b", "c"], .none) == #"sum(up{node=~"a.b|c"}) by (node)"#)
        #expect(try query(["a.b"], .literal) == #"sum(up{node="a.b"}) by (node)"#)
        #expect(try query([#"x"} or vector(1) #"#], .literal) == #"sum(up{node="x\"} or vector(1) #"}) by (node)"#)
        #expect(try query([".*", "b"], .literal) == #"sum(up{node=~"\\.\\*|b"}) by (node)"#)
    }

    @Test(
        "templates do what Go's do",
        arguments: [
            (#"<<.Series>>"#, "up"), ("a <<- \"x\" ->> b", "axb"), ("<</* nothing */>>y", "y"),
            (#"<<printf "%s-%q" .Series "a\"b">>"#, #"up-"a\"b""#),
            ("<<if eq .Series \"down\">>1<<else if .GroupBy>>2<<else>>3<<end>>", "2"), ("<<with .GroupBySlice>><<index . 0>><<end>>", "node"),
            ("<<range $i, $l := .GroupBySlice>><<if $i>>,<<end>><<$l>><<else>>none<<end>>", "node"),
            ("<<range $k, $v := .LabelValuesByName>><<$k>>=<<$v>>;<<end>>", "node=n1;"), ("<<$x := .Series>><<$x | len>>", "2"),
            ("<<and .Series .GroupBy>>|<<or \"\" .Series>>|<<not .Series>>", "node|up|false"),
            ("<<(index .GroupBySlice 0) | printf \"%v\">>", "node"),
            ("<<index .LabelValuesByName \"absent\">>.", "."), ("<<`raw \\n`>>", "raw \\n"), ("<<.GroupBySlice>> <<lt 1 2>>", "[node] true"),
        ])
    func templates(template: String, expected: String) throws {
        let rule = try CompiledRule(Self.rule(template), Fixtures.kinds)
        #expect(try rule.query(series: "up", Self.nodes, namespace: "", names: ["n1"], selector: .everything) == expected)
    }

    @Test(
        "a template that is none says why when the rule is made",
        arguments: [
            ("<<.Series", "unclosed action"), ("<<end>>", "unexpected {{end}}"), ("<<if .Series>>", "unexpected EOF"),
            ("<<$x>>", "undefined variable"),
            ("<<nosuch 1>>", "function \"nosuch\" not defined"), ("<<define \"x\">><<end>>", "not known"), ("<<\"a>>", "unterminated"),
            ("<<1.5>>", "bad number"), ("<<.Series | .GroupBy>>", "non executable"), ("<<)>>", "unexpected right paren"), ("<<>>", "missing value"),
            (String(repeating: "<<if 1>>", count: 40) + String(repeating: "<<end>>", count: 40), "nested"),
            ("<<" + String(repeating: "(", count: 5000) + ">>", "nested"),
        ])
    func brokenTemplates(template: String, reason: String) {
        let error = #expect(throws: RuleProblem.self) { try CompiledRule(Self.rule(template), Fixtures.kinds) }
        #expect(error?.message.contains(reason) == true && error?.field == "metricsQuery", "\(error?.message ?? "")")
    }

    @Test("a template that grows without end is stopped")
    func growth() throws {
        // Each level repeats what is within it as often as there are groups; text alone is long enough.
        let rule = try CompiledRule(Self.rule("<<range .GroupBySlice>>\(String(repeating: "x", count: 1 << 20))y<<end>>"), Fixtures.kinds)
        let error = #expect(throws: RuleProblem.self) {
            try rule.query(series: "up", Self.nodes, namespace: "", names: ["n"], selector: .everything)
        }
        #expect(error?.message.contains("KiB") == true)
    }

    @Test("no pattern takes longer than its text, nor more memory than it may")
    func hostilePatterns() throws {
        let rule = try CompiledRule(Self.rule("x", filters: [SeriesFilter(is: "^(a+)+$")]), Fixtures.kinds)
        #expect(!rule.includes(Series(name: String(repeating: "a", count: 50_000) + "b", labels: [:])))
        let error = #expect(throws: RuleProblem.self) {
            try CompiledRule(Self.rule("x", filters: [SeriesFilter(isNot: String(repeating: "(a{100}){100}", count: 100))]), Fixtures.kinds)
        }
        #expect(error?.field == "seriesFilters[0]")
        #expect(throws: RegularExpression.SyntaxError.self) { try RegularExpression(#"(?P<>x)"#) }
        #expect(throws: RegularExpression.SyntaxError.self) { try RegularExpression(#"(?=x)"#) }
    }

    @Test("groups are put into names as Go does it")
    func expansion() throws {
        let pattern = try RegularExpression("^(?P<what>[a-z]+)_(x)?(.*)$")
        let match = try #require(pattern.firstMatch(in: "http_total"))
        #expect(pattern.expand("${what}_per_second $1x $what$2$3 $$ $ ${ ${3}", match) == "http_per_second  httptotal $ $ ${ total")
        #expect(pattern.firstMatch(in: "_") == nil)
    }

    @Test(
        "what is wrong with a configuration is told with its place",
        arguments: [
            ("rulez: []", "rulez", "did you mean rules?"), ("rules:\n- seriesQuery: up\n  bogus: 1", "rules[0].bogus", "is not known"),
            ("rules: {a: b}", "rules", "is a mapping, where a list belongs"), ("rules:\n- seriesQuery: [a]", "rules[0].seriesQuery", "is a list"),
            ("rules:\n- resources: {overrides: {a: {kind: pod}}}", "rules[0].resources.overrides.a.kind", "is not known"),
            ("resourceRules: {window: soon}", "resourceRules.window", "not a valid duration"), ("[1]", "", "is a list"),
            ("servers: [a]", "servers", "names and their servers"), ("servers: {a: {uri: b}}", "servers.a.uri", "is not known"),
            ("servers: {a: {headers: {b: [c]}}}", "servers.a.headers.b", "where a text belongs"),
            ("servers: {a: {headers: b}}", "servers.a.headers", "where names and their texts belong"),
            ("rules:\n- resources: {namespaced: perhaps}", "rules[0].resources.namespaced", "true or false"),
        ])
    func configurations(text: String, place: String, reason: String) throws {
        let json = try YAML.document(in: text)
        let error = #expect(throws: ConfigurationError.self) { try MetricsConfiguration(json) }
        #expect(error?.place == place && error?.message.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("a value that is no number is not served as one, unless upstream's way is asked for")
    func oddValues() {
        #expect(OddValues.absent.quantity(.nan) == nil && OddValues.absent.quantity(.infinity) == nil)
        #expect(OddValues.upstream.quantity(.nan)?.description == "0")
        #expect(OddValues.absent.quantity(-1.5)?.description == "-1500m")
        #expect(OddValues.absent.quantity(1e300)?.description == Quantity(milli: .min).description)
    }

    @Test(
        "Prometheus' durations",
        arguments: [("5m", 300), ("1h30m", 5400), ("0", 0), ("1d", 86400)] as [(String, Int64)])
    func durations(text: String, seconds: Int64) {
        #expect(Duration(prometheusText: text) == .seconds(seconds))
    }

    @Test("what is no duration", arguments: ["", "5", "m", "30m1h", "1m1m", "1.5h", "-1m", "99999999999999999y", "soon"])
    func notDurations(text: String) { #expect(Duration(prometheusText: text) == nil) }
}
