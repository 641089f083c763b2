// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import MetricRules

@Suite("Rules confined to a namespace")
struct ConfinedRulesTests {
    private static let kinds = ResourceKinds(ResourceKinds.builtIn)
    private static let sum = "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)"
    private static let pods = GroupResource(group: "", resource: "pods")

    private static func rule(
        _ query: String = sum, series: String = "http_requests_total", resources: ResourceMapping = ResourceMapping(template: "<<.Resource>>")
    ) throws -> CompiledRule {
        try CompiledRule(
            DiscoveryRule(seriesQuery: series, resources: resources, metricsQuery: query), kinds, confinedTo: "shop")
    }

    private static func query(_ rule: CompiledRule, series: String = "up", selector: LabelSelector = .everything) throws -> String {
        try rule.query(series: series, pods, namespace: "shop", names: ["a"], selector: selector)
    }

    @Test(
        "what can be shown to ask for the namespace only is filled in with its matcher",
        arguments: [
            (sum, #"sum(rate(up{namespace="shop",pod="a"}[2m])) by (pod)"#),
            ("<<.Series>>{<<.LabelMatchers>>}", #"up{namespace="shop",pod="a"}"#),
            (
                #"<<.Series>> { <<.LabelMatchers>>, code=~"5..", path!~'\'{}', }"#, #"up { namespace="shop",pod="a", code=~"5..", path!~'\'{}', }"#
            ),
            (
                "100 * sum by (<<.GroupBy>>) (<<.Series>>{<<.LabelMatchers>>}) / on (<<.GroupBy>>, job) group_left (x) (1 > bool 2)",
                #"100 * sum by (pod) (up{namespace="shop",pod="a"}) / on (pod, job) group_left (x) (1 > bool 2)"#
            ),
            (
                "max_over_time(deriv(<<.Series>>{<<.LabelMatchers>>}[5m] offset -1w)[1h30m:1m] @ end()) or vector(0)",
                #"max_over_time(deriv(up{namespace="shop",pod="a"}[5m] offset -1w)[1h30m:1m] @ end()) or vector(0)"#
            ),
            (
                #"label_replace(-<<.Series>>{<<.LabelMatchers>>} @ 1.5e9, "a", "$1 {up}", "b", "(.*)")"#,
                #"label_replace(-up{namespace="shop",pod="a"} @ 1.5e9, "a", "$1 {up}", "b", "(.*)")"#
            ),
            (
                "TOPK(3, <<.Series>>{<<.LabelMatchers>>} AND <<.Series>>{<<.LabelMatchers>>} offset 5m) * +Inf",
                #"TOPK(3, up{namespace="shop",pod="a"} AND up{namespace="shop",pod="a"} offset 5m) * +Inf"#
            ),
        ])
    func confined(template: String, expected: String) throws {
        #expect(try Self.query(try Self.rule(template)) == expected)
    }

    @Test(
        "what could ask for more is refused with its reason",
        arguments: [
            ("", "ends too early"), ("secret", "secret names other series"), ("secret{}", "secret names other series"),
            (#"secret{<<.LabelMatchers>>}"#, "secret names other series"),
            ("<<.Series>>", "has to be followed by"), ("<<.Series>>{}", "has to be followed by"), ("{<<.LabelMatchers>>}", "a selector begins with"),
            (#"{__name__="secret"}"#, "a selector begins with"), (#"{"secret"}"#, "a selector begins with"),
            ("<<.Series>>[5m]", "has to be followed by"), (#"<<.Series>>{code="5"}"#, "has to be followed by"),
            (#"<<.Series>>{code="5",<<.LabelMatchers>>}"#, "has to be followed by"),
            ("<<.Series>>{<<.LabelMatchers>>} or secret", "secret names other series"),
            ("<<.Series>>{<<.LabelMatchers>>} or secret{}", "secret names other series"),
            ("<<.Series>>{<<.LabelMatchers>>} OR secret offset 5m", "secret names other series"),
            ("<<.Series>>{<<.LabelMatchers>>} + on () secret @ start()", "secret names other series"),
            // Words that are operators where one belongs are names where none does.
            ("<<.Series>>{<<.LabelMatchers>>} + or", "or names other series"), ("sum(offset)", "offset names other series"),
            ("<<.Series>>{<<.LabelMatchers>>} == on (x) by", "by names other series"), ("rate", "ends too early"),
            ("sum", "ends too early"), ("sum by (x) or", "or is not expected"), ("rate(sum[5m])", "[ is not expected"),
            ("max_over_time(secret[1h:1m])", "secret names other series"),
            ("max_over_time((<<.Series>>{<<.LabelMatchers>>} or secret)[1h:1m])", "secret names other series"),
            (#"<<.Series>>{<<.LabelMatchers>>, __name__="secret"}"#, "<<.Series>> is the name"),
            (#"<<.Series>>{<<.LabelMatchers>>, __name__=~".+"}"#, "<<.Series>> is the name"),
            (#"<<.Series>>{<<.LabelMatchers>> or namespace=~".+"}"#, "or is not expected"),
            (#"<<.Series>>{<<.LabelMatchers>>, "secret"}"#, "holds matchers only"),
            (#"<<.Series>>{<<.LabelMatchers>>, "a"="b"}"#, "holds matchers only"),
            ("<<.Series>>{<<.LabelMatchers>>, a=b}", "not of the form"), (#"<<.Series>>{<<.LabelMatchers>> a="b"}"#, "a is not expected"),
            ("secret<<.Series>>{<<.LabelMatchers>>}", "without a space"), ("secret <<- .Series>>{<<.LabelMatchers>>}", "without a space"),
            ("se<</* x */>>cret", "secret names other series"), ("<<.Series>>_x{<<.LabelMatchers>>}", "has to be followed by"),
            ("<<.Series>>:x{<<.LabelMatchers>>}", "has to be followed by"), ("a:b{<<.LabelMatchers>>}", "a names other series"),
            ("<<if .Series>>secret<<end>>", "of the template, only"), (#"<<"secret">>"#, "of the template, only"),
            ("<<.LabelValuesByName.pod>>", "of the template, only"), ("<<range .GroupBySlice>>secret<<end>>", "of the template, only"),
            (#"<<printf "secret">>"#, "of the template, only"), ("<<$x := .Series>><<$x>>", "of the template, only"),
            ("<<.LabelMatchers>>", "<<.LabelMatchers>> is not expected"), ("<<.GroupBy>>", "<<.GroupBy>> is not expected"),
            (#"label_replace(secret, "a", "b", "c", "d")"#, "secret names other series"),
            (#"label_replace(vector(1), "<<.LabelMatchers>>", "", "", "")"#, "string does not end"),
            (#"label_replace(vector(1), "\"#, "string does not end"), ("\"<<.Series>>{<<.LabelMatchers>>}\" secret \"\"", "string does not end"),
            ("<<.Series>>{<<.LabelMatchers>>} # }\n or secret", "comments"), ("1 #\r or secret", "comments"),
            ("label_replace(vector(1), `a`, `b`, `c`, `\\`)", "strings stand in"),
            ("info(<<.Series>>{<<.LabelMatchers>>})", "the function info is not known"), ("secret(1)", "the function secret is not known"),
            ("WITH (x = secret{}) x", "the function WITH is not known"), ("1 default secret", "default is not expected"),
            ("<<.Series>>{<<.LabelMatchers>>}[5m", "ends too early"), ("<<.Series>>{<<.LabelMatchers>>", "ends too early"),
            ("(<<.Series>>{<<.LabelMatchers>>}", "ends too early"), ("1)", ") is not expected"), ("1 secret", "secret is not expected"),
            ("5mx", "neither a number"), ("0x1F", "neither a number"), ("1; secret", "cannot be used here"), ("\u{e9}", "cannot be used here"),
            ("se\\cret", "cannot be used here"), ("1 or \u{a0}secret", "cannot be used here"),
            (String(repeating: "(", count: 100_000), "nested too deeply"),
        ])
    func escapes(template: String, reason: String) {
        let problem = #expect(throws: RuleProblem.self) { try Self.rule(template) }
        #expect(problem?.message.contains(reason) == true, "\(problem?.message ?? "")")
        #expect(problem?.message.contains("cannot be shown to ask for the namespace's series only") == true)
    }

    @Test(
        "series are listed of the namespace only",
        arguments: [
            ("up", #"up{namespace="shop"}"#), (" job:up:rate5m{} ", #"job:up:rate5m{namespace="shop"}"#),
            (#"{__name__=~"^http_.*", code!="200",}"#, #"{namespace="shop",__name__=~"^http_.*",code!="200"}"#),
            (#"up{namespace="other"}"#, #"up{namespace="shop",namespace="other"}"#),
        ])
    func series(text: String, expected: String) throws { #expect(try Self.rule(series: text).seriesQuery == expected) }

    @Test(
        "a list of series that is more than a selector is refused",
        arguments: [
            "", "up or secret", "up{} or secret", "up{", "up}", #"up{a="b" or c="d"}"#, #"{"secret"}"#, "up[5m]", "up offset 5m", "up{a=b}", "1up",
            "sum(up)", "up # x", "up{<<.LabelMatchers>>}", "\u{e9}up", #"up{a="b"}{c="d"}"#,
        ])
    func seriesEscapes(text: String) {
        let problem = #expect(throws: RuleProblem.self) { try Self.rule(series: text) }
        #expect(problem?.field == "seriesQuery", "\(problem?.message ?? "")")
    }

    @Test("names of series, labels and kinds put nothing else into a query, wherever they come from")
    func names() throws {
        let rule = try Self.rule()
        let odd = Series(name: "x or secret", labels: ["pod": "a", "namespace": "shop"])
        #expect(!rule.includes(odd) && CustomMetricsTable.metrics(of: [odd], by: rule).isEmpty)
        #expect(throws: RuleProblem.self) { try Self.query(rule, series: odd.name) }
        let label = #"a="",b=~".*"} or secret{pod"#
        let overridden = try Self.rule(resources: ResourceMapping(overrides: [label: Self.pods]))
        #expect(throws: RuleProblem.self) { try Self.query(overridden) }
        let templated = try Self.rule(resources: ResourceMapping(template: #"a} or secret{<<.Resource>>"#))
        #expect(throws: RuleProblem.self) { try Self.query(templated) }
        let selector = try LabelSelector(parsing: "app.kubernetes.io/name=a")
        #expect(throws: RuleProblem.self) { try Self.query(rule, selector: selector) }
        #expect(throws: RuleProblem.self) { try rule.externalQuery(series: "up", namespace: "shop", selector: selector) }
    }

    @Test("which label tells the namespace is not the rule's to say, nor whether it is told")
    func namespaceLabel() throws {
        let mapping = ResourceMapping(
            overrides: ["team": GroupResource(group: "", resource: "namespace"), "pod": Self.pods], namespaced: false)
        let rule = try Self.rule("<<.Series>>{<<.LabelMatchers>>}", resources: mapping)
        #expect(try Self.query(rule) == #"up{namespace="shop",pod="a"}"#)
        #expect(try rule.externalQuery(series: "up", namespace: "shop", selector: .everything) == #"up{namespace="shop"}"#)
        #expect(try rule.externalQuery(series: "up", namespace: "other", selector: .everything) == #"up{namespace="shop"}"#)
    }

    @Test("metrics are of what is in a namespace")
    func scope() throws {
        let series = Series(name: "up", labels: ["pod": "a", "namespace": "shop", "node": "n"])
        #expect(CustomMetricsTable.metrics(of: [series], by: try Self.rule()).keys.map(\.resource) == [Self.pods])
    }
}
