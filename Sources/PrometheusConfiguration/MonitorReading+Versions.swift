// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A field that some versions of Prometheus lack.
struct VersionedField: Sendable {
    enum Kind: Sendable {
        case bool, integer, strings
    }

    var field: String
    /// As Prometheus' file has it.
    var key: String
    var kind: Kind
    var since: PrometheusVersion
}

extension MonitorReading {
    static let versionedOfMonitors = [
        VersionedField(field: "scrapeProtocols", key: "scrape_protocols", kind: .strings, since: PrometheusVersion(2, 49)),
        VersionedField(field: "scrapeClassicHistograms", key: "scrape_classic_histograms", kind: .bool, since: PrometheusVersion(2, 45)),
        VersionedField(field: "nativeHistogramBucketLimit", key: "native_histogram_bucket_limit", kind: .integer, since: PrometheusVersion(2, 45)),
    ]
    static let versionedOfEndpoints = [
        VersionedField(field: "trackTimestampsStaleness", key: "track_timestamps_staleness", kind: .bool, since: PrometheusVersion(2, 48))
    ]
    /// What no version here carries over.
    private static let unsupported = [
        "scrapeClass", "fallbackScrapeProtocol", "nativeHistogramMinBucketFactor", "convertClassicHistogramsToNHCB", "scrapeNativeHistograms",
    ]

    mutating func addVersioned(_ fields: Fields, _ versioned: [VersionedField], to job: inout JSONObject) throws(FieldProblem) {
        for one in versioned {
            let value: JSONValue? =
                switch one.kind {
                case .bool: try fields.bool(one.field).map { .bool($0) }
                case .integer: try fields.integer(one.field, in: 0...Int64.max).map { .integer($0) }
                case .strings: fields.value(one.field) == nil ? nil : JSONValue(try fields.strings(one.field))
                }
            if let value, reading.supports(fields.path(one.field), since: one.since) { job[one.key] = value }
        }
    }

    mutating func reportUnsupported() {
        for field in Self.unsupported where spec.value(field) != nil {
            reading.leaveOut(spec.problem(field, "is not supported", fix: "remove it"))
        }
    }
}
