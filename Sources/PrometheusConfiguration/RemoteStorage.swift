// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Where samples go to, and come from, besides the server's own disk.
extension ObjectReading {
    mutating func remoteWrite(_ spec: Fields) -> [JSONValue] {
        remote("remoteWrite", of: spec) { reading, entry, json throws(FieldProblem) in try reading.addRemoteWrite(entry, to: &json) }
    }

    mutating func remoteRead(_ spec: Fields) -> [JSONValue] {
        remote("remoteRead", of: spec) { reading, entry, json throws(FieldProblem) in try Self.addRemoteRead(entry, to: &json) }
    }

    private mutating func remote(
        _ field: String, of spec: Fields, _ add: (inout ObjectReading, Fields, inout JSONObject) throws(FieldProblem) -> Void
    ) -> [JSONValue] {
        let entries = attempt { _ throws(FieldProblem) in try spec.fieldsList(field) }
        var names: Set<String> = []
        var result: [JSONValue] = []
        for entry in entries ?? [] {
            let one = attempt { reading throws(FieldProblem) in
                var json = try reading.remoteClient(entry)
                try add(&reading, entry, &json)
                if let name = json["name"]?.string, !names.insert(name).inserted {
                    throw entry.problem("name", "\(name.quoted) stands twice", fix: "give each entry a name of its own")
                }
                return json
            }
            if let one { result.append(.object(one)) }
        }
        return result
    }

    private mutating func remoteClient(_ entry: Fields) throws(FieldProblem) -> JSONObject {
        var json = try httpClient(entry)
        let url = try entry.string("url") ?? ""
        if let problem = URLSyntax.problem(in: url) {
            // Not the URL itself, which may hold a password.
            throw entry.problem("url", problem, fix: "write a URL as https://HOST/PATH, and credentials in basicAuth")
        }
        json["url"] = .string(url)
        json["remote_timeout"] = .string(try entry.duration("remoteTimeout")?.text ?? "30s")
        if let name = try entry.text("name") { json["name"] = .string(name) }
        let headers = try entry.stringMap("headers")
        if let header = headers.keys.first(where: { Self.reservedHeaders.contains($0.lowercased()) }) {
            throw entry.problem("headers", "\(header.quoted) is a header that the server sets itself", fix: "use basicAuth or authorization")
        }
        if !headers.isEmpty { json["headers"] = .object(headers) }
        return json
    }

    /// - Source: `reservedHeaders`, prometheus v2.42 config/config.go
    private static let reservedHeaders: Set<String> = [
        "authorization", "host", "content-encoding", "content-length", "content-type", "user-agent", "connection", "keep-alive",
        "proxy-authenticate", "proxy-authorization", "www-authenticate", "accept-encoding", "x-prometheus-remote-write-version",
        "x-prometheus-remote-read-version", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256",
    ]

    private mutating func addRemoteWrite(_ entry: Fields, to json: inout JSONObject) throws(FieldProblem) {
        let rules = try RelabelRule.list("writeRelabelConfigs", of: entry, version: environment.version)
        if !rules.isEmpty { json["write_relabel_configs"] = .array(rules.map(\.json)) }
        if let sends = try entry.bool("sendExemplars") { json["send_exemplars"] = .bool(sends) }
        if let sends = try entry.bool("sendNativeHistograms"), supports(entry.path("sendNativeHistograms"), since: PrometheusVersion(2, 40)) {
            json["send_native_histograms"] = .bool(sends)
        }
        if let queue = try entry.nonEmptyFields("queueConfig") { json["queue_config"] = .object(try Self.queue(queue)) }
        if let metadata = try entry.nonEmptyFields("metadataConfig") {
            var settings = JSONObject()
            if let sends = try metadata.bool("send") { settings["send"] = .bool(sends) }
            if let interval = try metadata.duration("sendInterval") { settings["send_interval"] = .string(interval.text) }
            json["metadata_config"] = .object(settings)
        }
        for field in ["messageVersion", "roundRobinDNS"] where entry.value(field) != nil {
            leaveOut(entry.problem(field, "is not supported", fix: "remove it"))
        }
    }

    private static func queue(_ fields: Fields) throws(FieldProblem) -> JSONObject {
        var queue = JSONObject()
        for (field, key) in [
            ("capacity", "capacity"), ("minShards", "min_shards"), ("maxShards", "max_shards"), ("maxSamplesPerSend", "max_samples_per_send"),
        ] {
            if let number = try fields.integer(field, in: 0...Int64(Int32.max)), number > 0 { queue[key] = .integer(number) }
        }
        for (field, key) in [("batchSendDeadline", "batch_send_deadline"), ("minBackoff", "min_backoff"), ("maxBackoff", "max_backoff")] {
            if let duration = try fields.duration(field) { queue[key] = .string(duration.text) }
        }
        if let retries = try fields.bool("retryOnRateLimit") { queue["retry_on_http_429"] = .bool(retries) }
        return queue
    }

    private static func addRemoteRead(_ entry: Fields, to json: inout JSONObject) throws(FieldProblem) {
        let matchers = try entry.stringMap("requiredMatchers")
        for key in matchers.keys where !LabelName.isValid(key) {
            throw entry.problem("requiredMatchers.\(key)", "is not a label's name", fix: "use letters, digits and _ only")
        }
        if !matchers.isEmpty { json["required_matchers"] = .object(matchers) }
        if let reads = try entry.bool("readRecent") { json["read_recent"] = .bool(reads) }
        if let filters = try entry.bool("filterExternalLabels") { json["filter_external_labels"] = .bool(filters) }
    }
}
