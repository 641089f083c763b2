// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ObjectReading {
    /// Prometheus' `storage` section; nil where the Prometheus object says nothing of it.
    mutating func storageSection(_ spec: Fields) -> JSONObject? {
        var storage = JSONObject()
        let exemplars = attempt { _ throws(FieldProblem) in
            try spec.fields("exemplars").flatMap { fields throws(FieldProblem) in try fields.integer("maxSize", in: -1...Int64(Int32.max)) }
        }
        if let exemplars { storage["exemplars"] = ["max_exemplars": .integer(exemplars)] }
        let window = attempt { reading throws(FieldProblem) -> String? in
            guard let tsdb = try spec.fields("tsdb"), let window = try tsdb.duration("outOfOrderTimeWindow") else { return nil }
            return reading.supports(tsdb.path("outOfOrderTimeWindow"), since: PrometheusVersion(2, 39)) ? window.text : nil
        }
        if let window { storage["tsdb"] = ["out_of_order_time_window": .string(window)] }
        return storage.isEmpty ? nil : storage
    }

    /// Says which fields change nothing here though they would change what a server in a cluster collects or says.
    mutating func reportUnsupported(_ spec: Fields) {
        for (field, reason, fix) in Self.unsupported where !(spec.value(field).map(\.isEmptyOrFalse) ?? true) {
            leaveOut(spec.problem(field, reason, fix: fix))
        }
        for (field, what) in [("replicas", "replica"), ("shards", "shard")] {
            if let count = spec.value(field)?.int, count > 1 {
                leaveOut(spec.problem(field, "is \(count), and one server runs, which is the first \(what)", fix: "write 1"))
            }
        }
    }

    private static let unsupported = [
        ("apiserverConfig", "is not used: targets are those of this API server", "remove it"),
        ("additionalArgs", "is not supported", "use the fields of the Prometheus object"),
        ("scrapeClasses", "is not supported", "write the settings into the monitors"),
        ("queryLogFile", "is not supported, for its path is a container's", "remove it"),
        ("scrapeFailureLogFile", "is not supported, for its path is a container's", "remove it"),
        ("scrapeProtocols", "is not supported", "write it into the monitors"),
        ("ruleQueryOffset", "is not supported", "write query_offset into the groups of rules"),
        ("enableOTLPReceiver", "is not supported", "remove it"), ("otlp", "is not supported", "remove it"),
        ("tracingConfig", "is not supported", "remove it"), ("nameValidationScheme", "is not supported", "remove it"),
        ("nameEscapingScheme", "is not supported", "remove it"),
        ("thanos", "is not supported: no Thanos sidecar runs", "remove it, or use remoteWrite"),
    ]
}

extension JSONValue {
    fileprivate var isEmptyOrFalse: Bool { self == false || self == "" || self == [] || self == [:] }
}

extension Fields {
    /// Of an object that is not there.
    init(empty path: String) {
        members = [:]
        self.path = path
    }
}
