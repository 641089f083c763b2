// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText

extension MetricsRegistry {
    /// The body of an answer to `GET /metrics`; its type is `ExpositionWriter.contentType`.
    package var exposition: [UInt8] {
        var writer = ExpositionWriter(reservingCapacity: 16 << 10)
        for family in snapshot { family.write(to: &writer) }
        return writer.bytes
    }
}

extension MetricFamily {
    fileprivate func write(to writer: inout ExpositionWriter) {
        writer.family(name, kind.type, help: help)
        for sample in samples {
            let labels = sample.labels.map { (key: $0.name, value: $0.value) }
            switch sample.value {
            case .number(let value): writer.sample(name, labels: labels, value)
            case .histogram(let bounds, let counts, let sum): write(labels, bounds, counts, sum, to: &writer)
            }
        }
    }

    /// In the text the buckets are cumulative, and the last one has no bound.
    private func write(
        _ labels: [(key: String, value: String)], _ bounds: [Double], _ counts: [UInt64], _ sum: Double, to writer: inout ExpositionWriter
    ) {
        var total = 0.0
        for (index, count) in counts.enumerated() {
            total += Double(count)
            let bound = index < bounds.count ? Self.text(bounds[index]) : "+Inf"
            writer.sample("\(name)_bucket", labels: labels + [(key: "le", value: bound)], total)
        }
        writer.sample("\(name)_sum", labels: labels, sum)
        writer.sample("\(name)_count", labels: labels, total)
    }

    /// `1` rather than `1.0`, as others name the same bucket.
    private static func text(_ bound: Double) -> String { Int64(exactly: bound).map { "\($0)" } ?? "\(bound)" }
}

extension MetricFamily.Kind {
    fileprivate var type: ExpositionWriter.MetricType {
        switch self {
        case .counter: .counter
        case .gauge: .gauge
        case .histogram: .histogram
        }
    }
}
