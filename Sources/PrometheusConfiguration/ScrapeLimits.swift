// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// How much one scrape may bring, by Prometheus' names (`sample_limit`): what counts where a monitor says nothing, and what no monitor may exceed.
struct ScrapeLimits {
    private var defaults: [String: Int64] = [:]
    private var enforced: [String: Int64] = [:]
    private var defaultBodySize: ByteSize?
    private var enforcedBodySize: ByteSize?

    private static let names = [
        ("sampleLimit", "sample_limit"), ("targetLimit", "target_limit"), ("labelLimit", "label_limit"),
        ("labelNameLengthLimit", "label_name_length_limit"), ("labelValueLengthLimit", "label_value_length_limit"),
        ("keepDroppedTargets", "keep_dropped_targets"),
    ]
    private static let since = ["keep_dropped_targets": PrometheusVersion(2, 47)]

    init() {}

    /// The limits of the Prometheus object. It writes none of them globally: not every version could, and each job has its own.
    init(_ spec: Fields, reading: inout ObjectReading) {
        for (field, key) in Self.names {
            let capitalized = "enforced" + field.prefix(1).uppercased() + field.dropFirst()
            defaults[key] = Self.limit(field, key, spec, &reading)
            enforced[key] = Self.limit(capitalized, key, spec, &reading)
        }
        defaultBodySize = reading.attempt { _ throws(FieldProblem) in try Self.bodySize("bodySizeLimit", spec) }
        enforcedBodySize = reading.attempt { _ throws(FieldProblem) in try Self.bodySize("enforcedBodySizeLimit", spec) }
    }

    /// Adds to a job what its monitor's `spec` and the Prometheus object come to: the smallest that is not 0.
    func add(to job: inout JSONObject, _ spec: Fields, reading: inout ObjectReading) throws(FieldProblem) {
        for (field, key) in Self.names {
            let own = try spec.integer(field, in: 0...Int64.max).flatMap { limit in
                limit > 0 && (Self.since[key].map { reading.supports(spec.path(field), since: $0) } ?? true) ? limit : nil
            }
            if let limit = [own ?? defaults[key], enforced[key]].compactMap({ $0 }).min() { job[key] = .integer(limit) }
        }
        let own = try Self.bodySize("bodySizeLimit", spec)
        if let size = [own ?? defaultBodySize, enforcedBodySize].compactMap({ $0 }).min() { job["body_size_limit"] = .string(size.text) }
    }

    private static func limit(_ field: String, _ key: String, _ spec: Fields, _ reading: inout ObjectReading) -> Int64? {
        reading.attempt { reading throws(FieldProblem) in
            guard let limit = try spec.integer(field, in: 0...Int64.max), limit > 0 else { return nil }
            if let version = since[key], !reading.supports(spec.path(field), since: version) { return nil }
            return limit
        }
    }

    /// Nil where it is absent or no limit.
    private static func bodySize(_ field: String, _ spec: Fields) throws(FieldProblem) -> ByteSize? {
        guard let text = try spec.text(field) else { return nil }
        guard let size = ByteSize(text) else {
            throw spec.problem(field, "\(text.quoted) is not a size", fix: "write a number with a unit, such as 512KB or 10MB")
        }
        return size.bytes > 0 ? size : nil
    }
}
