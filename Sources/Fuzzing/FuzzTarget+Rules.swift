// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import MetricRules

extension FuzzTarget {
    private static let kinds = ResourceKinds(ResourceKinds.builtIn)

    static let rules: [FuzzTarget] = [
        FuzzTarget("query template", corpus: templates, words: templateWords) { input in
            let text = String(decoding: input, as: UTF8.self)
            let json: JSONValue = ["rules": [["seriesQuery": "up", "resources": ["template": "<<.Resource>>"], "metricsQuery": .string(text)]]]
            guard let configuration = try? MetricsConfiguration(json), let rule = try? CompiledRule(configuration.rules[0], kinds) else {
                return false
            }
            let names = ["a.b", #"c"d"#]
            let pods = GroupResource(group: "", resource: "pods")
            guard let query = try? rule.query(series: "up", pods, namespace: "shop", names: names, selector: .everything) else { return true }
            try check(!query.isEmpty && query.utf8.count <= 1 << 20, "a query of \(query.utf8.count) bytes")
            return true
        },
        FuzzTarget(
            "metric rules", corpus: configurations,
            words: templateWords + ["rules:\n", "- ", "seriesQuery: ", "name: {", "matches: ", "as: ", "$1", "(", ")"]
        ) {
            input in
            guard let json = try? YAML.documents(in: String(decoding: input, as: UTF8.self)).first,
                let configuration = try? MetricsConfiguration(json)
            else { return false }
            let series = [Series(name: "http_requests_total", labels: ["namespace": "shop", "pod": "web", "kube_apps_deployment": "d"])]
            let compiled = configuration.rules.compactMap { try? CompiledRule($0, kinds) }
            let table = CustomMetricsTable(compiled.map { ($0, CustomMetricsTable.metrics(of: series, by: $0)) }, kinds)
            for metric in table.metrics {
                try check(table.origin(of: metric) != nil, "\(metric) is offered, and comes from nowhere")
                _ = table.query(metric, namespace: "shop", names: ["web"], selector: .everything)
            }
            return true
        },
    ]

    private static let templates = [
        "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)", #"<<index .LabelValuesByName "namespace">><<index .GroupBySlice 0>>"#,
        "<<range $i, $e := .GroupBySlice>><<if $i>>,<<end>><<$e>><<else>>none<<end>>", #"<<with $x := .Series | printf "%q">><<- $x ->> <<end>>"#,
        #"<<if eq .Series "up">>a<<else if and .GroupBy (not .Series)>>b<<else>>c<<end>>"#, "<</* a comment */>><<len .LabelValuesByName>>",
    ]
    private static let templateWords = [
        "<<", ">>", "<<- ", " ->>", ".Series", ".GroupBySlice", "$x", ":=", "=", "|", "(", ")", "if ", "else", "end", "range ", "with ", "printf ",
        "index ", "\"", "`", "%q", "/*", "*/", ",", "-1", "0",
    ]
    private static let configurations = [
        """
        rules:
        - seriesQuery: 'http_requests_total'
          seriesFilters: [{isNot: "^x"}]
          resources: {template: "<<.Resource>>", overrides: {kube_apps_deployment: {group: apps, resource: deployment}}}
          name: {matches: "^(.*)_total$", as: "${1}_per_second"}
          metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
        """,
        "rules:\n- resources: {template: 'kube_<<.Group>>_<<.Resource>>'}\n  metricsQuery: up\nexternalRules: []\nresourceRules: {window: 5m}\n",
    ]
}
