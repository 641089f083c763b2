// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A scrape job or an Alertmanager in Prometheus' own words, checked whole: one mistake would cost the whole configuration.
struct AdditionalEntry {
    enum Kind {
        case job, alertmanager
    }

    let fields: Fields
    let kind: Kind
    let version: PrometheusVersion
    /// The interval where the entry has none.
    let interval: PrometheusDuration

    /// The entry, with its rules in the form that all rules have here.
    func checked() throws(FieldProblem) -> JSONObject {
        try check()
        var entry = fields.members
        for name in ["relabel_configs", "metric_relabel_configs"] where entry[name] != nil {
            entry[name] = .array(try RelabelRule.list(name, of: fields, .snakeCase, version: version).map(\.json))
        }
        return entry
    }

    private func check() throws(FieldProblem) {
        try fields.checkNotEmpty(["scheme", "api_version", "timeout", "scrape_interval", "scrape_timeout", "body_size_limit", "proxy_url"])
        try fields.checkNames(Self.common.union(kind == .job ? Self.ofJobs : Self.ofAlertmanagers))
        try checkClient(fields)
        try checkDiscovery()
        _ = try fields.word("scheme", of: ["http", "https"])
        for name in ["metrics_path", "path_prefix"] { _ = try fields.string(name) }
        for name in ["honor_labels", "honor_timestamps"] { _ = try fields.bool(name) }
        for name in Self.limits { _ = try fields.integer(name, in: 0...Int64.max) }
        _ = try fields.word("api_version", of: ["v1", "v2"])
        _ = try fields.duration("timeout")
        if let size = try fields.text("body_size_limit"), ByteSize(size) == nil {
            throw fields.problem("body_size_limit", "\(size.quoted) is not a size", fix: "write a number with a unit, such as 10MB")
        }
        if let params = try fields.fields("params") {
            for member in params.members { _ = try params.strings(member.key) }
        }
        try checkTimes()
    }

    private static let limits = ["sample_limit", "target_limit", "label_limit", "label_name_length_limit", "label_value_length_limit"]
    private static let client: Set<String> = [
        "basic_auth", "authorization", "oauth2", "bearer_token_file", "tls_config", "proxy_url", "follow_redirects", "enable_http2",
    ]
    private static let common = client.union([
        "scheme", "relabel_configs", "static_configs", "file_sd_configs", "http_sd_configs", "dns_sd_configs", "kubernetes_sd_configs",
    ])
    private static let ofJobs = Set(limits).union([
        "job_name", "honor_labels", "honor_timestamps", "params", "scrape_interval", "scrape_timeout", "metrics_path", "body_size_limit",
        "metric_relabel_configs",
    ])
    private static let ofAlertmanagers: Set<String> = ["path_prefix", "timeout", "api_version"]

    private func checkTimes() throws(FieldProblem) {
        let own = try fields.duration("scrape_interval").flatMap { $0.milliseconds > 0 ? $0 : nil }
        let longest = own ?? interval
        if let timeout = try fields.duration("scrape_timeout"), timeout > longest {
            throw fields.problem(
                "scrape_timeout", "\(timeout.text) is longer than the interval of \(longest.text)", fix: "make it as long as the interval at most")
        }
    }

    // MARK: Who asks

    private func checkClient(_ fields: Fields) throws(FieldProblem) {
        for name in ["follow_redirects", "enable_http2"] { _ = try fields.bool(name) }
        if let proxy = try fields.text("proxy_url"), let problem = URLSyntax.problem(in: proxy, schemes: ["http", "https", "socks5"]) {
            throw fields.problem("proxy_url", problem, fix: "write the proxy's URL, without a user")
        }
        let schemes = ["basic_auth", "authorization", "oauth2", "bearer_token_file"].filter { fields.value($0) != nil }
        if schemes.count > 1 {
            throw fields.problem(
                schemes[1], "is a second way to authenticate beside \(schemes[0]), and Prometheus takes one", fix: "keep one of them")
        }
        _ = try fields.string("bearer_token_file")
        try fields.fields("basic_auth")?.checkTexts(["username", "password_file"])
        if let authorization = try fields.fields("authorization") {
            try authorization.checkTexts(["type", "credentials_file"])
            if try authorization.string("type")?.trimmed.lowercased() == "basic" {
                throw authorization.problem("type", "is Basic, which has a field of its own", fix: "use basic_auth")
            }
        }
        if fields.value("oauth2") != nil { throw fields.problem("oauth2", "is not supported", fix: "use authorization or basic_auth") }
        if let tls = try fields.fields("tls_config") { try Self.checkTLS(tls) }
    }

    private static func checkTLS(_ tls: Fields) throws(FieldProblem) {
        let texts = ["ca_file", "cert_file", "key_file", "server_name"]
        try tls.checkNames(Set(texts + ["insecure_skip_verify", "min_version", "max_version"]))
        for name in texts { _ = try tls.string(name) }
        _ = try tls.bool("insecure_skip_verify")
        for name in ["min_version", "max_version"] { _ = try tls.word(name, of: ["TLS10", "TLS11", "TLS12", "TLS13"]) }
        if try (tls.text("cert_file") == nil) != (tls.text("key_file") == nil) {
            throw FieldProblem(tls.path, "has a certificate without its key, or a key without its certificate", fix: "give both")
        }
    }

    // MARK: Whom

    /// Discovery by Kubernetes is already written as this server does it, or as the API's own users would.
    private func checkDiscovery() throws(FieldProblem) {
        for group in try fields.fieldsList("static_configs") {
            try group.checkNames(["targets", "labels"])
            for (index, target) in try group.strings("targets").enumerated() where target.isEmpty || target.contains("/") {
                throw group.problem("targets[\(index)]", "\(target.quoted) is not an address", fix: "write HOST:PORT")
            }
            for label in try group.stringMap("labels").keys where !LabelName.isValid(label) {
                throw group.problem("labels.\(label)", "is not a label's name", fix: "use letters, digits and _ only")
            }
        }
        for source in try fields.fieldsList("file_sd_configs") {
            try source.checkNames(["files", "refresh_interval"])
            try source.checkRefresh()
            let files = try source.strings("files")
            guard !files.isEmpty else { throw source.problem("files", "is empty", fix: "name a file") }
            for (index, file) in files.enumerated() where !Self.isTargetFile(file) {
                throw source.problem(
                    "files[\(index)]", "\(file.quoted) is not a file of targets", fix: "name a .json or .yml file; * may stand in its last part")
            }
        }
        for source in try fields.fieldsList("http_sd_configs") {
            try source.checkNames(Self.client.union(["url", "refresh_interval"]))
            try source.checkRefresh()
            try checkClient(source)
            if let problem = URLSyntax.problem(in: try source.string("url") ?? "") { throw source.problem("url", problem, fix: "write a URL") }
        }
        for source in try fields.fieldsList("dns_sd_configs") { try Self.checkNameService(source) }
    }

    /// - Source: `patFileSDName`, prometheus v2.42 discovery/file/file.go
    private static func isTargetFile(_ file: String) -> Bool {
        guard [".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"].contains(where: file.hasSuffix) else { return false }
        guard let star = file.firstIndex(of: "*") else { return true }
        return !file[star...].dropFirst().contains { $0 == "*" || $0 == "/" }
    }

    private static func checkNameService(_ source: Fields) throws(FieldProblem) {
        try source.checkNames(["names", "type", "port", "refresh_interval"])
        try source.checkRefresh()
        guard !(try source.strings("names").isEmpty) else { throw source.problem("names", "is empty", fix: "name a domain") }
        let type = try source.word("type", of: ["A", "AAAA", "SRV"]) ?? "SRV"
        let port = try source.integer("port", in: 1...65535)
        if type != "SRV", port == nil { throw source.problem("port", "is missing", fix: "write the port to scrape") }
    }
}

extension Fields {
    /// Nothing else than these may stand in the object.
    func checkNames(_ names: Set<String>) throws(FieldProblem) {
        for name in members.keys where !names.contains(name) {
            throw problem(name, "is not known here", fix: "remove it, or correct its name")
        }
    }

    /// Nothing else than these, and they are text.
    fileprivate func checkTexts(_ names: [String]) throws(FieldProblem) {
        try checkNames(Set(names))
        for name in names { _ = try string(name) }
    }

    /// Absent, or more than nothing.
    fileprivate func checkNotEmpty(_ names: [String]) throws(FieldProblem) {
        for name in names where value(name) == "" { throw problem(name, "is empty", fix: "remove it, or fill it in") }
    }

    fileprivate func checkRefresh() throws(FieldProblem) {
        try checkNotEmpty(["refresh_interval"])
        if let interval = try duration("refresh_interval"), interval.milliseconds == 0 {
            throw problem("refresh_interval", "is 0", fix: "write a longer time")
        }
    }
}
