// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Writes the Prometheus text format (version 0.0.4) into a buffer.
package struct ExpositionWriter {
    package enum MetricType: String, Sendable { case counter, gauge, histogram, summary, untyped }

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var bytes: [UInt8] = []

    package init(reservingCapacity capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// The `HELP` and `TYPE` lines that stand before a family's samples.
    package mutating func family(_ name: String, _ type: MetricType, help: String) {
        bytes.append(contentsOf: "# HELP \(name) ".utf8)
        for byte in help.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(contentsOf: "\n# TYPE \(name) \(type.rawValue)\n".utf8)
    }

    /// - Parameter timestampMilliseconds: Since 1970; nil for "now", as the scraper takes it.
    package mutating func sample(
        _ name: String, _ labels: KeyValuePairs<String, String> = [:], _ value: Double, timestampMilliseconds: Int64? = nil
    ) {
        begin(name, labels)
        bytes.append(contentsOf: Self.text(value).utf8)
        end(timestampMilliseconds)
    }

    /// A whole number, exactly.
    package mutating func sample(
        _ name: String, _ labels: KeyValuePairs<String, String> = [:], integer value: UInt64, timestampMilliseconds: Int64? = nil
    ) {
        begin(name, labels)
        end(integer: value, timestampMilliseconds)
    }

    /// A count of billionths as decimal text, exactly: 1,500,000,000 is `1.500000000`.
    package mutating func sample(
        _ name: String, _ labels: KeyValuePairs<String, String> = [:], nanoseconds value: UInt64, timestampMilliseconds: Int64? = nil
    ) {
        begin(name, labels)
        end(nanoseconds: value, timestampMilliseconds)
    }

    // The same with labels that are only known at run time.

    package mutating func sample(_ name: String, labels: [(key: String, value: String)], _ value: Double) {
        begin(name, labels)
        bytes.append(contentsOf: Self.text(value).utf8)
        end(nil)
    }

    package mutating func sample(
        _ name: String, labels: [(key: String, value: String)], integer value: UInt64, timestampMilliseconds: Int64? = nil
    ) {
        begin(name, labels)
        end(integer: value, timestampMilliseconds)
    }

    package mutating func sample(
        _ name: String, labels: [(key: String, value: String)], nanoseconds value: UInt64, timestampMilliseconds: Int64? = nil
    ) {
        begin(name, labels)
        end(nanoseconds: value, timestampMilliseconds)
    }

    private mutating func end(integer value: UInt64, _ timestampMilliseconds: Int64?) {
        bytes.append(contentsOf: String(value).utf8)
        end(timestampMilliseconds)
    }

    private mutating func end(nanoseconds value: UInt64, _ timestampMilliseconds: Int64?) {
        bytes.append(contentsOf: String(value / 1_000_000_000).utf8)
        let fraction = value % 1_000_000_000
        if fraction > 0 {
            let digits = String(fraction)
            bytes.append(UInt8(ascii: "."))
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 9 - digits.utf8.count))
            bytes.append(contentsOf: digits.utf8)
        }
        end(timestampMilliseconds)
    }

    private mutating func begin(_ name: String, _ labels: some Collection<(key: String, value: String)>) {
        bytes.append(contentsOf: name.utf8)
        if !labels.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            for (key, value) in labels {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                bytes.append(contentsOf: key.utf8)
                bytes.append(contentsOf: "=\"".utf8)
                escape(value)
                bytes.append(UInt8(ascii: "\""))
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
    }

    private mutating func end(_ timestampMilliseconds: Int64?) {
        if let timestampMilliseconds {
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: String(timestampMilliseconds).utf8)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func escape(_ value: String) {
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
            case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
            default: bytes.append(byte)
            }
        }
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let integer = Int64(exactly: value) { return String(integer) }
        return value.description
    }
}
