// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import PrometheusConfiguration
import TestKit
import Testing

/// Objects whose fields are mostly right, and now and then anything.
private struct RandomObjects {
    var random: SeededRandom

    private static let texts: [JSONValue] = [
        "", "a", "a-b", "$1", "${1}_x", "$", "(.*)", "(", "a{2,1}", "[x-a]", "30s", "0s", "-1s", "true", "yes", "null", "~", "1e3", "a: b", "- a",
        "#x",
        "é", "\u{0}", "a\nb", " a", "{a}", "*a", "&a", "!a", "|", ">", "%a", "@a", "`a", "'", "\"", "10MB", "keep", "http://a:80/x", "http://a/%zz",
        ";",
        "__name__", "2001-01-01", "1:30", ".inf", "<<", "=", "\t", "\u{FEFF}a", "\u{2028}",
    ]
    private static let others: [JSONValue] = [1, 0, -1, 70000, true, false, .null, [], [:], ["a"], [1], 1.5, .integer(.max)]
    private static let secret: JSONValue = ["name": "s", "key": "k"]

    private mutating func one(of values: [JSONValue]) -> JSONValue { random.one(of: values) }
    private mutating func text() -> JSONValue { one(of: Self.texts) }
    private mutating func chance(_ one: Int) -> Bool { random.int(1...one) == 1 }

    /// Some of the fields, with one of their values, or now and then another.
    private mutating func some(_ fields: KeyValuePairs<String, [JSONValue]>, oneIn: Int = 3) -> JSONValue {
        var object = JSONObject()
        for (name, values) in fields where chance(oneIn) { object[name] = chance(15) ? one(of: Self.texts + Self.others) : one(of: values) }
        return .object(object)
    }

    private mutating func rule(_ spelling: (sources: String, target: String)) -> JSONValue {
        let texts = Self.texts
        var rule = some(
            [
                "action": ["keep", "drop", "replace", "Replace", "labelmap", "labeldrop", "hashmod", "keepequal", "lowercase"], "regex": texts,
                "replacement": texts, "separator": texts, "modulus": [0, 1, 5],
            ], oneIn: 2)
        if chance(2) { rule[spelling.sources] = one(of: [["a"], ["a", "b"], []]) }
        if chance(2) { rule[spelling.target] = one(of: ["a", "$1", "a_${1}", "x y"]) }
        return rule
    }

    private mutating func endpoint() -> JSONValue {
        let secret = Self.secret
        var endpoint = some(
            [
                "port": ["http", "a|b", ""], "targetPort": [80, "http", 0], "interval": ["30s", "5s", "", "0s"], "scrapeTimeout": ["1s", "", "60s"],
                "path": Self.texts, "scheme": ["http", "HTTPS"], "params": [["a": ["b"]], ["\n": ["\u{0}"]]], "honorLabels": [true, false],
                "proxyUrl": ["http://a", "socks5://a:1", "http://[::1]:2"], "followRedirects": [true],
                "basicAuth": [["username": secret, "password": secret], ["password": secret], [:]],
                "authorization": [["credentials": secret], ["type": "X", "credentials": secret], [:]],
                "tlsConfig": [["ca": ["secret": secret]], ["insecureSkipVerify": true, "serverName": "\u{0}x"], ["minVersion": "TLS12"], [:]],
            ], oneIn: 6)
        for name in ["relabelings", "metricRelabelings"] where chance(3) { endpoint[name] = [rule(("sourceLabels", "targetLabel"))] }
        return endpoint
    }

    mutating func monitor(_ kind: String, _ name: String) -> KubeObject {
        var spec = some([
            "jobLabel": Self.texts, "targetLabels": [["a"], ["a.b"], ["0"]], "podTargetLabels": [["a"]], "sampleLimit": [0, 5, .integer(.max)],
            "bodySizeLimit": ["10MB", "0", "1.5GiB", ".5KB", "0B", "00.5MB", "7.9EB", "0.0001B"],
            "namespaceSelector": [["any": true], ["matchNames": ["a", "b"]], [:]], "selector": [["matchLabels": ["a/b": "c.d"]]],
        ])
        spec[kind == "PodMonitor" ? "podMetricsEndpoints" : "endpoints"] = [endpoint()]
        return Fixtures.object(kind, name, spec)
    }

    mutating func prometheusRule(_ name: String) -> KubeObject {
        var rule = some(
            [
                "record": ["a", "a:b", "", "a-b"], "alert": ["A", "a b\n", ""], "for": ["5m", "", "0s"], "labels": [["a": "\u{0}\n: #"], ["0": "b"]],
                "annotations": [["a": "b\nc: d"], ["x": "'\""]],
            ], oneIn: 2)
        rule["expr"] = one(of: ["up", 1, "up == 0", "1.5e3", "# c\nup", "\nup", " up", "up\t== 1"])
        var group = some(["name": ["a", "b\n", "yes", "1"], "interval": ["1m", "", "0s"], "limit": [0, 5], "labels": [["g": "x"]]], oneIn: 1)
        group["rules"] = [rule]
        return Fixtures.object("PrometheusRule", name, ["groups": [group]])
    }

    mutating func additionalJob(_ name: String) -> JSONValue {
        var job = some(
            [
                "scrape_interval": ["30s", "", "0s"], "scrape_timeout": ["5s", "40s"], "metrics_path": Self.texts, "scheme": ["https"],
                "body_size_limit": ["10MB", ""], "basic_auth": [["username": "a", "password": "b"], [:]], "proxy_url": ["http://a", ""],
                "static_configs": [[["targets": ["a:1"], "labels": ["a": "b"]]], [["targets": ["a/b"]]], [[:]], [.null]],
                "file_sd_configs": [[["files": ["/x/*.json"]]], [["files": ["/x*/a.json"]]]], "http_sd_configs": [[["url": "http://a/b"]]],
                "dns_sd_configs": [[["names": ["a"]]], [["names": ["a"], "type": "A"]]],
                "kubernetes_sd_configs": [[["role": "pod"]], [["role": "x"]]],
            ], oneIn: 5)
        job["job_name"] = .string(name)
        if chance(2) { job["relabel_configs"] = [rule(("source_labels", "target_label"))] }
        return job
    }

    mutating func objects() -> MonitoringObjects {
        let texts = Self.texts
        var spec = some([
            "scrapeInterval": ["30s", "5s", "0s", ""], "scrapeTimeout": ["5s", "60s"], "externalLabels": [["a": "b\n"], ["0": "x"]],
            "replicaExternalLabelName": ["", "prometheus"], "serviceDiscoveryRole": ["EndpointSlice"], "enforcedSampleLimit": [5],
            "alerting": [["alertmanagers": [["name": "a.b", "port": 9093, "pathPrefix": "x y", "timeout": "5s"], ["port": "web"]]]],
            "remoteRead": [[["url": "http://a", "requiredMatchers": ["a": "b"]]], [["url": "a"]]],
        ])
        spec["remoteWrite"] = [["url": "http://a", "name": one(of: texts), "writeRelabelConfigs": [rule(("sourceLabels", "targetLabel"))]]]
        spec["additionalScrapeConfigs"] = ["name": "more", "key": "jobs"]
        var objects = MonitoringObjects(
            serviceMonitors: (0..<80).map { monitor("ServiceMonitor", "m\($0)") }, podMonitors: (0..<80).map { monitor("PodMonitor", "m\($0)") },
            rules: (0..<40).map { prometheusRule("m\($0)") }, spec: spec.object ?? [:])
        let jobs = (0..<40).map { additionalJob("job\($0)") }
        objects.data.secrets[NamespacedName(namespace: "shop", name: "s")] = ["k": Array("x: #\n".utf8)]
        objects.data.secrets[NamespacedName(namespace: "monitoring", name: "more")] = ["jobs": Array(YAML.text(of: .array(jobs)).utf8)]
        return objects
    }
}

@Suite("Whatever objects hold")
struct RandomObjectsTests {
    @Test("Prometheus loads what is made of them", arguments: 1...8)
    func isLoaded(seed: UInt64) throws {
        var random = RandomObjects(random: SeededRandom(seed: seed))
        let objects = random.objects()
        let configuration = ServerConfiguration(objects, in: Fixtures.environment())
        #expect(!configuration.dropped.isEmpty)
        #expect(try configuration.jobs().count > 20)
        try CheckedConfiguration.check { environment in ServerConfiguration(objects, in: environment(.files(folder: "/lab/targets"))) }
    }
}
