// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import PrometheusConfiguration
import Testing

@Suite("The Prometheus object")
struct ServerTests {
    @Test("costs what is wrong in it, and the rest stays")
    func wrong() throws {
        let objects = MonitoringObjects(
            serviceMonitors: [Fixtures.serviceMonitor()],
            spec: [
                "scrapeInterval": "often", "scrapeTimeout": "40s", "evaluationInterval": 5, "externalLabels": ["a": 1, "b": "c"],
                "retention": "1 day",
                "retentionSize": "much", "externalUrl": "here", "routePrefix": "a b", "logLevel": "loud", "query": ["timeout": "x", "maxSamples": 0],
                "alerting": ["alertmanagers": [["port": "web"], ["name": "a", "port": "web"]]], "remoteWrite": ["x", ["url": "https://a.example"]],
                "remoteRead": 3, "additionalScrapeConfigs": ["name": "gone", "key": "k"], "podTargetLabels": "x", "enforcedBodySizeLimit": "x",
                "enforcedSampleLimit": "x", "overrideHonorLabels": 1, "replicaExternalLabelName": "a-b", "tsdb": [], "exemplars": ["maxSize": "x"],
                "serviceDiscoveryRole": "Nodes", "additionalArgs": [["name": "config.file", "value": "/etc/passwd"]], "enableFeatures": ["a,b"],
            ])
        let configuration = ServerConfiguration(objects, in: Fixtures.environment())
        #expect(try configuration.jobs().count == 1)
        #expect(configuration.dropped.isEmpty)
        #expect(Set(configuration.problems.map(\.field)).count == configuration.problems.count)
        #expect(configuration.problems.count == 25)
        let file = try configuration.read()
        #expect(file.value(at: "global", "scrape_interval") == "30s")
        #expect(file["alerting"]?["alertmanagers"]?.array?.count == 1)
        #expect(configuration.settings.retentionTime == "24h")
        #expect(!configuration.settings.arguments.contains { $0.contains("passwd") })
        try CheckedConfiguration.check { ServerConfiguration(objects, in: $0(.files(folder: "/lab/targets"))) }
    }

    @Test("that is no object at all leaves the defaults", arguments: ["x", 1, [], .null, true] as [JSONValue])
    func noObject(spec: JSONValue) throws {
        let configuration = ServerConfiguration(MonitoringObjects(prometheus: Fixtures.prometheus(spec)), in: Fixtures.environment())
        #expect(try configuration.jobs().isEmpty)
        #expect(configuration.settings.arguments == ["--storage.tsdb.retention.time=24h", "--web.route-prefix=/"])
    }

    @Test("keeps its secrets out of the file, and out of what is said of it")
    func secrets() throws {
        var objects = MonitoringObjects(
            serviceMonitors: [
                Fixtures.serviceMonitor(endpoint: [
                    "port": "http", "basicAuth": ["username": ["name": "s", "key": "user"], "password": ["name": "s", "key": "password"]],
                ])
            ],
            spec: [
                "remoteWrite": [["url": "https://a.example", "bearerToken": "TOPSECRET"], ["url": "https://u:TOPSECRET@a.example"]],
                "additionalScrapeConfigs": ["name": "m", "key": "k"],
            ])
        objects.data.secrets[NamespacedName(namespace: "shop", name: "s")] = ["user": Array("tom".utf8), "password": Array("TOPSECRET".utf8)]
        for text in [
            "- {job_name: a, basic_auth: {username: u, password: TOPSECRET}}\n- {job_name: b, authorization: {credentials: TOPSECRET}}",
            "- {job_name: a, oauth2: {client_id: c, client_secret: TOPSECRET, token_url: 'https://a.example'}}",
            "- {job_name: a, bearer_token: TOPSECRET}",
            "- {job_name: a, openstack_sd_configs: [{role: instance, region: r, password: TOPSECRET}]}", "TOPSECRET: [", "[TOPSECRET]",
            "- a: TOPSECRET: b",
            "- {job_name: a, ec2_sd_configs: [{access_key: a, secret_key: TOPSECRET}]}", "'TOPSECRET",
        ] {
            objects.data.secrets[NamespacedName(namespace: "monitoring", name: "m")] = ["k": Array(text.utf8)]
            let configuration = ServerConfiguration(objects, in: Fixtures.environment())
            #expect(!configuration.text.contains("TOPSECRET"), "\(text)")
            #expect(!configuration.problems.contains { $0.description.contains("TOPSECRET") }, "\(text)")
            #expect(!"\(configuration)\(String(reflecting: configuration))".contains("TOPSECRET"))
            #expect(configuration.secretFiles["secret/shop/s/password"] == Array("TOPSECRET".utf8))
        }
    }

    @Test("puts files where its own path leads, whatever that is made of")
    func folders() throws {
        var environment = Fixtures.environment(.files(folder: "/a[b]?/t*"))
        environment.rulesFolder = "/a[b]/rules/"
        let rule = Fixtures.object("PrometheusRule", "web", ["groups": [["name": "a", "rules": []]]])
        let objects = MonitoringObjects(serviceMonitors: [Fixtures.serviceMonitor()], rules: [rule])
        let configuration = ServerConfiguration(objects, in: environment)
        #expect(try configuration.read()["rule_files"] == [#"/a\[b]/rules/shop/web/rules.yaml"#])
        #expect(try configuration.jobs().first?["file_sd_configs"]?.array?.first?["files"] == [#"/a\[b]\?/t\*/endpoints/shop.json"#])
    }

    @Test("has one form, whatever the order of the objects")
    func deterministic() throws {
        let monitors = ["b", "a", "c"].map { Fixtures.serviceMonitor($0) }
        let one = ServerConfiguration(MonitoringObjects(serviceMonitors: monitors), in: Fixtures.environment())
        let other = ServerConfiguration(MonitoringObjects(serviceMonitors: monitors.reversed()), in: Fixtures.environment())
        #expect(one == other)
    }
}
