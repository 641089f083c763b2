// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import PrometheusConfiguration
import Testing

@Suite("A monitor")
struct MonitorTests {
    struct Wrong: Sendable, CustomTestStringConvertible {
        var field: String
        var endpoint: JSONValue
        var testDescription: String { "\(field) \(endpoint.encodedText.prefix(60))" }

        init(_ field: String, _ endpoint: JSONValue) {
            self.field = field.isEmpty ? "spec.endpoints[0]" : "spec.endpoints[0].\(field)"
            self.endpoint = endpoint
        }
    }

    static let wrongEndpoints = [
        Wrong("", "http"), Wrong("port", ["port": 80]), Wrong("port", ["port": "("]), Wrong("targetPort", ["targetPort": 70000]),
        Wrong("targetPort", ["targetPort": true]), Wrong("interval", ["interval": "30"]), Wrong("interval", ["interval": 30]),
        Wrong("interval", ["interval": "1m 30s"]), Wrong("scrapeTimeout", ["interval": "5s", "scrapeTimeout": "6s"]),
        Wrong("scrapeTimeout", ["scrapeTimeout": "1m"]), Wrong("path", ["path": ["/metrics"]]), Wrong("scheme", ["scheme": "ftp"]),
        Wrong("params.a", ["params": ["a": "b"]]), Wrong("honorLabels", ["honorLabels": "yes"]),
        Wrong("oauth2", ["oauth2": ["tokenUrl": "https://a.example"]]),
        Wrong("proxyUrl", ["proxyUrl": "proxy:3128"]), Wrong("proxyUrl", ["proxyUrl": "http://user:secret@proxy"]),
        Wrong("basicAuth.username", ["basicAuth": ["password": ["name": "s", "key": "k"]]]),
        Wrong("authorization.type", ["authorization": ["type": "basic"]]),
        Wrong(
            "authorization", ["authorization": ["credentials": ["name": "s", "key": "k"]], "basicAuth": ["username": ["name": "s", "key": "k"]]]),
        Wrong("bearerTokenSecret", ["bearerTokenSecret": ["name": "gone", "key": "k"]]),
        Wrong("bearerTokenSecret", ["bearerTokenSecret": ["name": "s", "key": "gone"]]),
        Wrong("bearerTokenSecret", ["bearerTokenSecret": ["name": "../../etc", "key": "k"]]),
        Wrong("bearerTokenSecret", ["bearerTokenSecret": ["name": "s", "key": "../k"]]),
        Wrong("bearerTokenSecret", ["bearerTokenSecret": ["name": "s", "key": ".."]]),
        Wrong("bearerTokenFile", ["bearerTokenFile": "/etc/passwd"]),
        Wrong("bearerTokenFile", ["bearerTokenFile": "/etc/prometheus/secrets/s/k"]),
        Wrong("bearerTokenFile", ["bearerTokenFile": "/etc/prometheus/secrets/mounted/../s"]),
        Wrong("tlsConfig.caFile", ["tlsConfig": ["caFile": "/home/user/key"]]),
        Wrong("tlsConfig", ["tlsConfig": ["cert": ["secret": ["name": "s", "key": "k"]]]]),
        Wrong("tlsConfig.ca", ["tlsConfig": ["ca": ["secret": ["name": "s", "key": "k"], "configMap": ["name": "s", "key": "k"]]]]),
        Wrong("tlsConfig.minVersion", ["tlsConfig": ["minVersion": "SSL3"]]),
        Wrong("relabelings[0].regex", ["relabelings": [["action": "keep", "regex": "a(b"]]]),
        Wrong("relabelings[0].action", ["relabelings": [["action": "delete"]]]),
        Wrong("relabelings[0].targetLabel", ["relabelings": [["replacement": "a"]]]),
        Wrong("relabelings[0].targetLabel", ["relabelings": [["targetLabel": "a-b"]]]),
        Wrong("relabelings[0].modulus", ["relabelings": [["action": "hashmod", "targetLabel": "a"]]]),
        Wrong("relabelings[0].modulus", ["relabelings": [["action": "hashmod", "targetLabel": "a", "modulus": -1]]]),
        Wrong("relabelings[0].replacement", ["relabelings": [["action": "labelmap", "replacement": "a b"]]]),
        Wrong("relabelings[0].sourceLabels[1]", ["relabelings": [["sourceLabels": ["a", "b-c"], "action": "keep"]]]),
        Wrong("metricRelabelings[1].sourceLabels", ["metricRelabelings": [["action": "drop"], ["action": "labeldrop", "sourceLabels": ["a"]]]]),
        Wrong("metricRelabelings[0].regex", ["metricRelabelings": [["action": "keepequal", "targetLabel": "a", "regex": "b"]]]),
        Wrong("metricRelabelings", ["metricRelabelings": "drop"]),
    ]

    static let objectsWithSecret: MonitoringObjects = {
        var objects = MonitoringObjects(spec: ["secrets": ["mounted"]])
        objects.data.secrets[NamespacedName(namespace: "shop", name: "s")] = ["k": [97]]
        return objects
    }()

    @Test("with a wrong endpoint is dropped, and no other with it", arguments: wrongEndpoints)
    func wrongEndpoint(case one: Wrong) throws {
        var objects = Self.objectsWithSecret
        objects.serviceMonitors = [
            Fixtures.serviceMonitor(endpoint: one.endpoint, ["endpoints": [one.endpoint, ["port": "http"]]]), Fixtures.serviceMonitor("other"),
        ]
        let configuration = ServerConfiguration(objects, in: Fixtures.environment())
        #expect(try configuration.jobs().map { $0["job_name"]?.string } == ["serviceMonitor/shop/other/0"])
        #expect(configuration.problems.map(\.field) == [one.field])
        #expect(configuration.dropped == ["shop/web"])
        #expect(configuration.secretFiles.isEmpty)
    }

    @Test(
        "with a wrong spec is dropped",
        arguments: [
            ("spec", "x"), ("spec.endpoints", ["endpoints": [:]]), ("spec.endpoints", ["endpoints": []]), ("spec.endpoints", [:]),
            ("spec.selector.matchLabels", ["endpoints": [["port": "a"]], "selector": ["matchLabels": []]]),
            ("spec.selector", ["endpoints": [["port": "a"]], "selector": ["matchLabels": ["a": "b\"\n- job_name: evil"]]]),
            ("spec.selector", ["endpoints": [["port": "a"]], "selector": ["matchExpressions": [["key": "a", "operator": "Gt", "values": ["1"]]]]]),
            ("spec.namespaceSelector.matchNames[0]", ["endpoints": [["port": "a"]], "namespaceSelector": ["matchNames": ["../../etc"]]]),
            ("spec.namespaceSelector.matchNames[0]", ["endpoints": [["port": "a"]], "namespaceSelector": ["matchNames": ["*"]]]),
            ("spec.namespaceSelector.any", ["endpoints": [["port": "a"]], "namespaceSelector": ["any": "true"]]),
            ("spec.targetLabels[0]", ["endpoints": [["port": "a"]], "targetLabels": ["0a"]]),
            ("spec.targetLabels[0]", ["endpoints": [["port": "a"]], "targetLabels": [""]]),
            ("spec.podTargetLabels[1]", ["endpoints": [["port": "a"]], "podTargetLabels": ["a", 1]]),
            ("spec.sampleLimit", ["endpoints": [["port": "a"]], "sampleLimit": -1]),
            ("spec.bodySizeLimit", ["endpoints": [["port": "a"]], "bodySizeLimit": "10 MB"]),
            ("spec.serviceDiscoveryRole", ["endpoints": [["port": "a"]], "serviceDiscoveryRole": "Node"]),
            ("spec.jobLabel", ["endpoints": [["port": "a"]], "jobLabel": 5]),
        ] as [(String, JSONValue)])
    func wrongSpec(field: String, spec: JSONValue) {
        let objects = MonitoringObjects(serviceMonitors: [Fixtures.object("ServiceMonitor", "web", spec), Fixtures.serviceMonitor("other")])
        let configuration = ServerConfiguration(objects, in: Fixtures.environment())
        #expect(configuration.dropped == ["shop/web"])
        #expect(configuration.problems.map(\.field) == [field])
    }

    @Test("whose name is none is dropped", arguments: ["../x", "a/b", "", "A", "a\n- job_name: b", "..", String(repeating: "a", count: 254)])
    func wrongName(name: String) throws {
        var namespaced = Fixtures.serviceMonitor()
        namespaced.set(.string(name), at: "metadata", "namespace")
        let objects = MonitoringObjects(
            serviceMonitors: [Fixtures.serviceMonitor(name), namespaced, Fixtures.serviceMonitor("other")],
            rules: [Fixtures.object("PrometheusRule", name, ["groups": [["name": "a", "rules": []]]])])
        let configuration = ServerConfiguration(objects, in: Fixtures.environment())
        #expect(try configuration.jobs().count == 1)
        #expect(configuration.ruleFiles.isEmpty)
        #expect(configuration.problems.count == 3)
    }

    @Test("that stands twice counts once")
    func duplicate() throws {
        let objects = MonitoringObjects(serviceMonitors: [Fixtures.serviceMonitor(), Fixtures.serviceMonitor()])
        let configuration = ServerConfiguration(objects, in: Fixtures.environment())
        #expect(try configuration.jobs().count == 1)
        #expect(configuration.dropped == ["shop/web"])
    }

    @Test("may have any text where text is free, and the file still says just that")
    func injection() throws {
        let text = "a\"'\n- job_name: evil\n#${1}\u{0}\u{85}\u{2028}: [&!|>%@`"
        let objects = MonitoringObjects(
            serviceMonitors: [
                Fixtures.serviceMonitor(
                    endpoint: [
                        "port": "http", "path": .string(text), "params": [text: [.string(text)]],
                        "relabelings": [["targetLabel": "a", "replacement": .string(text), "separator": .string(text)]],
                    ])
            ], spec: ["externalLabels": ["free": .string(text)]])
        let configuration = ServerConfiguration(objects, in: Fixtures.environment())
        let job = try #require(try configuration.jobs().first)
        #expect(try configuration.jobs().count == 1)
        #expect(job["metrics_path"]?.string == text)
        #expect(job["params"]?[text] == [.string(text)])
        #expect(try configuration.read().value(at: "global", "external_labels", "free")?.string == text)
        try CheckedConfiguration.check { ServerConfiguration(objects, in: $0(.files(folder: "/lab/targets"))) }
    }

    @Test("may read no file where the Prometheus object denies it", arguments: [true, false] + ["x"] as [JSONValue])
    func fileAccess(deny: JSONValue) throws {
        let monitor = Fixtures.serviceMonitor(endpoint: ["port": "http", "bearerTokenFile": .string(ServerEnvironment.serviceAccountToken)])
        let objects = MonitoringObjects(serviceMonitors: [monitor], spec: ["arbitraryFSAccessThroughSMs": ["deny": deny]])
        let configuration = ServerConfiguration(objects, in: Fixtures.environment())
        #expect(configuration.dropped == (deny == false ? [] : ["shop/web"]))
    }

    @Test("asks for the Secret that it lacks, so that its coming can be noticed")
    func references() {
        let monitor = Fixtures.serviceMonitor(endpoint: ["port": "http", "bearerTokenSecret": ["name": "gone", "key": "k"]])
        let configuration = ServerConfiguration(MonitoringObjects(serviceMonitors: [monitor]), in: Fixtures.environment())
        #expect(configuration.references == [DataReference(.secret, NamespacedName(namespace: "shop", name: "gone"))])
    }

    @Test("keeps to the label of its namespace where that is enforced, unless it is excluded")
    func enforcement() throws {
        let rule: JSONValue = ["target_label": "tenant", "replacement": "shop"]
        var objects = MonitoringObjects(
            serviceMonitors: [Fixtures.serviceMonitor(endpoint: ["port": "http", "relabelings": [["targetLabel": "tenant", "replacement": "x"]]])],
            rules: [Fixtures.object("PrometheusRule", "web", ["groups": [["name": "a", "rules": []]]])], spec: ["enforcedNamespaceLabel": "tenant"])
        let enforced = ServerConfiguration(objects, in: Fixtures.environment())
        #expect(try enforced.jobs().first?["relabel_configs"]?.array?.last == rule)
        #expect(try enforced.jobs().first?["metric_relabel_configs"] == [rule])
        #expect(enforced.ruleFiles.isEmpty)
        objects.prometheus.set(
            [
                ["group": "monitoring.coreos.com", "resource": "servicemonitors", "namespace": "shop"],
                ["group": "monitoring.coreos.com", "resource": "prometheusrules", "namespace": "shop", "name": "web"],
            ], at: "spec", "excludedFromEnforcement")
        let excluded = ServerConfiguration(objects, in: Fixtures.environment())
        #expect(try excluded.jobs().first?["relabel_configs"]?.array?.last != rule)
        #expect(excluded.ruleFiles.count == 1)
    }

    @Test("has what a newer Prometheus knows there alone")
    func versions() throws {
        let monitor = Fixtures.serviceMonitor(
            endpoint: ["port": "http", "trackTimestampsStaleness": true],
            ["keepDroppedTargets": 3, "scrapeProtocols": ["OpenMetricsText1.0.0"], "fallbackScrapeProtocol": "PrometheusText0.0.4"])
        let objects = MonitoringObjects(serviceMonitors: [monitor])
        let old = ServerConfiguration(objects, in: Fixtures.environment())
        #expect(old.problems.allSatisfy { $0.consequence == .fieldLeftOut })
        #expect(
            Set(old.problems.map(\.field)) == [
                "spec.keepDroppedTargets", "spec.scrapeProtocols", "spec.fallbackScrapeProtocol", "spec.endpoints[0].trackTimestampsStaleness",
            ])
        let new = ServerConfiguration(objects, in: Fixtures.environment(version: PrometheusVersion(2, 53)))
        let job = try new.jobs().first
        #expect(
            job?["keep_dropped_targets"] == 3 && job?["scrape_protocols"] == ["OpenMetricsText1.0.0"] && job?["track_timestamps_staleness"] == true)
        #expect(new.problems.map(\.field) == ["spec.fallbackScrapeProtocol"])
    }

    @Test("is one of very many, and they take time in proportion")
    func many() throws {
        let endpoints = JSONValue.array(Array(repeating: ["port": "http", "bearerTokenSecret": ["name": "s", "key": "k"]], count: 10))
        var objects = MonitoringObjects(
            serviceMonitors: (0..<200).map { Fixtures.serviceMonitor("m\($0)", ["endpoints": endpoints]) }
                + (0..<200).map { Fixtures.serviceMonitor("wrong\($0)", endpoint: ["port": 1]) })
        objects.data.secrets[NamespacedName(namespace: "shop", name: "s")] = ["k": [97]]
        let started = ContinuousClock.now
        let configuration = ServerConfiguration(objects, in: Fixtures.environment())
        #expect(ContinuousClock.now - started < .seconds(30))
        #expect(configuration.dropped.count == 200)
        #expect(configuration.text.split(separator: "\n").count { $0.contains("job_name:") } == 2000)
    }
}
