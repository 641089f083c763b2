// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import PrometheusConfiguration
import Testing

@Suite("What a Prometheus object adds in Prometheus' own words")
struct AdditionalTests {
    private static func configuration(_ text: String, of field: String = "additionalScrapeConfigs", in environment: ServerEnvironment)
        -> ServerConfiguration
    {
        var objects = MonitoringObjects(spec: [field: ["name": "more", "key": "list"]])
        objects.data.secrets[NamespacedName(namespace: "monitoring", name: "more")] = ["list": Array(text.utf8)]
        return ServerConfiguration(objects, in: environment)
    }

    @Test(
        "is left out where it is wrong, and the rest stays",
        arguments: [
            ("job_name", "{}"), ("job_name", "{job_name: 5}"), ("job_name", "{job_name: good}"), ("job_nam", "{job_nam: a}"), ("", "text"),
            ("job_name", "null"),
            ("scrape_interval", "{job_name: a, scrape_interval: ''}"), ("scrape_interval", "{job_name: a, scrape_interval: 10}"),
            ("scrape_timeout", "{job_name: a, scrape_timeout: 31s}"), ("scrape_timeout", "{job_name: a, scrape_interval: 5s, scrape_timeout: 6s}"),
            ("scheme", "{job_name: a, scheme: ftp}"), ("sample_limit", "{job_name: a, sample_limit: many}"),
            ("params.a", "{job_name: a, params: {a: b}}"),
            ("body_size_limit", "{job_name: a, body_size_limit: 1}"), ("honor_labels", "{job_name: a, honor_labels: x}"),
            ("relabel_configs[0].regex", "{job_name: a, relabel_configs: [{regex: '(', action: keep}]}"),
            ("relabel_configs[0].sourceLabels", "{job_name: a, relabel_configs: [{sourceLabels: [a], action: keep}]}"),
            ("metric_relabel_configs[0].target_label", "{job_name: a, metric_relabel_configs: [{replacement: b}]}"),
            ("relabel_configs[0]", "{job_name: a, relabel_configs: [null]}"),
            ("static_configs[0].targets[0]", "{job_name: a, static_configs: [{targets: ['http://a']}]}"),
            ("static_configs[0].labels.a-b", "{job_name: a, static_configs: [{labels: {a-b: c}}]}"),
            ("file_sd_configs[0].files", "{job_name: a, file_sd_configs: [{}]}"),
            ("file_sd_configs[0].files[0]", "{job_name: a, file_sd_configs: [{files: ['/a*/b.json']}]}"),
            ("file_sd_configs[0].files[0]", "{job_name: a, file_sd_configs: [{files: [/etc/passwd]}]}"),
            ("http_sd_configs[0].url", "{job_name: a, http_sd_configs: [{url: a}]}"),
            ("dns_sd_configs[0].port", "{job_name: a, dns_sd_configs: [{names: [a], type: A}]}"),
            ("consul_sd_configs", "{job_name: a, consul_sd_configs: [{server: 'a:1'}]}"),
            ("kubernetes_sd_configs[0].role", "{job_name: a, kubernetes_sd_configs: [{role: service}]}"),
            ("kubernetes_sd_configs[0].selectors", "{job_name: a, kubernetes_sd_configs: [{role: pod, selectors: [{role: pod, label: a}]}]}"),
            ("kubernetes_sd_configs[0].namespaces.names[0]", "{job_name: a, kubernetes_sd_configs: [{role: pod, namespaces: {names: [../x]}}]}"),
            ("kubernetes_sd_configs[0].api_server", "{job_name: a, kubernetes_sd_configs: [{role: pod, api_server: 'https://a'}]}"),
            ("oauth2", "{job_name: a, oauth2: {client_id: a}}"), ("basic_auth.user", "{job_name: a, basic_auth: {user: a}}"),
            ("authorization", "{job_name: a, authorization: {credentials: a}, basic_auth: {username: a}}"),
            ("authorization.type", "{job_name: a, authorization: {type: ' basic'}}"), ("proxy_url", "{job_name: a, proxy_url: 'a:80'}"),
            ("tls_config.cert", "{job_name: a, tls_config: {cert: PEM}}"), ("tls_config", "{job_name: a, tls_config: {cert_file: /a}}"),
        ])
    func wrong(field: String, entry: String) throws {
        let configuration = Self.configuration("- {job_name: good}\n- \(entry)\n", in: Fixtures.environment())
        #expect(try configuration.jobs().map { $0["job_name"] } == ["good"])
        #expect(configuration.problems.map(\.field) == ["spec.additionalScrapeConfigs[1]" + (field.isEmpty ? "" : ".\(field)")])
    }

    @Test("is left out where it is no list", arguments: ["a: b", "text", "[", "a: b: c", "- a\n---\n- b", "\u{1}", "&a [*a]"])
    func noList(text: String) throws {
        let configuration = Self.configuration(text, in: Fixtures.environment())
        #expect(try configuration.jobs().isEmpty)
        #expect(configuration.problems.count == 1)
    }

    @Test("may be a list of nothing", arguments: ["", "[]", "# none\n", "---\n"])
    func empty(text: String) { #expect(Self.configuration(text, in: Fixtures.environment()).problems.isEmpty) }

    private static let discovered = """
        - job_name: pods
          kubernetes_sd_configs: [{role: pod, namespaces: {names: [shop]}}, {role: endpointslice, attach_metadata: {node: true}}]
          file_sd_configs: [{files: [/other/*.yml]}]
        """

    @Test("is discovered as this server does it: by files")
    func files() throws {
        let job = try Self.configuration(Self.discovered, in: Fixtures.environment()).jobs().first
        #expect(job?["kubernetes_sd_configs"] == nil)
        #expect(
            job?["file_sd_configs"]?.array?.map { $0["files"] } == [
                ["/other/*.yml"], ["/lab/targets/pod/shop.json"], ["/lab/targets/endpointslice/*.json"],
            ])
    }

    @Test("is discovered as this server does it: at the API, with its own credential")
    func kubernetes() throws {
        let job = try Self.configuration(Self.discovered, in: Fixtures.environment(.kubernetes(Fixtures.access))).jobs().first
        let sources = job?["kubernetes_sd_configs"]?.array ?? []
        #expect(sources.map { $0["role"] } == ["pod", "endpointslice"])
        #expect(sources.allSatisfy { $0["api_server"] == "https://127.0.0.1:6443" && $0["tls_config"]?["key_file"] == "/lab/pki/prometheus.key" })
        #expect(sources.map { $0["attach_metadata"]?["node"] } == [nil, true])
    }

    @Test("may be Alertmanagers, and rules for alerts")
    func alertmanagers() throws {
        let list = "- static_configs: [{targets: ['127.0.0.1:9093']}]\n  basic_auth: {username: u, password: p}\n- {job_name: a}\n"
        let configuration = Self.configuration(list, of: "additionalAlertManagerConfigs", in: Fixtures.environment())
        let file = "/lab/credentials/inline/spec.additionalAlertManagerConfigs[0].basic_auth.password"
        #expect(
            try configuration.read()["alerting"]?["alertmanagers"] == [
                ["static_configs": [["targets": ["127.0.0.1:9093"]]], "basic_auth": ["username": "u", "password_file": .string(file)]]
            ])
        #expect(configuration.problems.map(\.field) == ["spec.additionalAlertManagerConfigs[1].job_name"])
    }
}
