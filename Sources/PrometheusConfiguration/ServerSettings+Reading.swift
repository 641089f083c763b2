// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ServerSettings {
    /// What can't be read of `spec` is left out, and reported.
    init(_ spec: Fields, policy: ScrapePolicy, reading: inout ObjectReading) {
        scrapeInterval = policy.scrapeInterval.duration
        evaluationInterval = policy.evaluationInterval.duration
        readRetention(spec, &reading)
        readWeb(spec, &reading)
        readQuery(spec, &reading)
        readSwitches(spec, &reading)
        readLogging(spec, &reading)
    }

    /// As the operator has it: 24 hours where neither time nor size is given.
    private mutating func readRetention(_ spec: Fields, _ reading: inout ObjectReading) {
        let size = reading.attempt { _ throws(FieldProblem) -> String? in
            guard let text = try spec.text("retentionSize") else { return nil }
            guard let size = ByteSize(text), size.text != "0" else {
                throw spec.problem("retentionSize", "\(text.quoted) is not a size", fix: "write a number with a unit, such as 512MB or 10GB")
            }
            return text
        }
        let time = reading.attempt { _ throws(FieldProblem) in try spec.duration("retention")?.text }
        flags["storage.tsdb.retention.size"] = size
        flags["storage.tsdb.retention.time"] = time ?? (size == nil ? "24h" : nil)
    }

    private mutating func readWeb(_ spec: Fields, _ reading: inout ObjectReading) {
        flags["web.external-url"] = reading.attempt { _ throws(FieldProblem) in
            guard let url = try spec.text("externalUrl") else { return nil }
            if let problem = URLSyntax.problem(in: url) { throw spec.problem("externalUrl", problem, fix: "write a URL as https://HOST/PATH") }
            return url
        }
        let prefix = reading.attempt { _ throws(FieldProblem) -> String? in
            guard let prefix = try spec.text("routePrefix") else { return nil }
            guard prefix.hasPrefix("/"), prefix.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"?#%\\".utf8.contains($0) }) else {
                throw spec.problem("routePrefix", "\(prefix.quoted) is not a path", fix: "write a path that begins with /")
            }
            return prefix
        }
        // Else Prometheus would take the external URL's path for it, which is the proxy's in front.
        flags["web.route-prefix"] = prefix ?? "/"
        let web = reading.attempt { _ throws(FieldProblem) in try spec.fields("web") }
        guard let web else { return }
        flags["web.page-title"] = reading.attempt { _ throws(FieldProblem) in try web.text("pageTitle") }
        flags["web.max-connections"] = reading.attempt { _ throws(FieldProblem) in
            try web.integer("maxConnections", in: 0...Int64(Int32.max)).map(String.init)
        }
        for name in ["tlsConfig", "httpConfig"] where web.value(name) != nil {
            reading.leaveOut(web.problem(name, "is not supported", fix: "reach the server on this machine only"))
        }
    }

    private mutating func readQuery(_ spec: Fields, _ reading: inout ObjectReading) {
        let query = reading.attempt { _ throws(FieldProblem) in try spec.fields("query") }
        guard let query else { return }
        for (name, flag) in [("lookbackDelta", "query.lookback-delta"), ("timeout", "query.timeout")] {
            flags[flag] = reading.attempt { _ throws(FieldProblem) in try query.duration(name)?.text }
        }
        for (name, flag) in [("maxConcurrency", "query.max-concurrency"), ("maxSamples", "query.max-samples")] {
            flags[flag] = reading.attempt { _ throws(FieldProblem) in try query.integer(name, in: 1...Int64(Int32.max)).map(String.init) }
        }
    }

    private mutating func readSwitches(_ spec: Fields, _ reading: inout ObjectReading) {
        for (name, flag) in [("enableAdminAPI", "web.enable-admin-api"), ("enableRemoteWriteReceiver", "web.enable-remote-write-receiver")] {
            let isOn = reading.attempt { _ throws(FieldProblem) in try spec.bool(name) }
            if isOn == true { switches.insert(flag) }
        }
        let compresses = reading.attempt { _ throws(FieldProblem) in try spec.bool("walCompression") }
        if let compresses { switches.insert(compresses ? "storage.tsdb.wal-compression" : "no-storage.tsdb.wal-compression") }
        let features = reading.attempt { _ throws(FieldProblem) in
            let features = try spec.strings("enableFeatures")
            for (index, feature) in features.enumerated() where !feature.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }) {
                throw spec.problem("enableFeatures[\(index)]", "\(feature.quoted) is not a feature's name", fix: "name one feature an entry")
            }
            return features
        }
        if let features, !features.isEmpty { flags["enable-feature"] = features.joined(separator: ",") }
    }

    private mutating func readLogging(_ spec: Fields, _ reading: inout ObjectReading) {
        flags["log.level"] = reading.attempt { _ throws(FieldProblem) in try spec.word("logLevel", of: ["debug", "info", "warn", "error"]) }
        flags["log.format"] = reading.attempt { _ throws(FieldProblem) in try spec.word("logFormat", of: ["logfmt", "json"]) }
    }
}
