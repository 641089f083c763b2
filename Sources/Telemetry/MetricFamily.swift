// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// All series of one name at one time.
package struct MetricFamily: Sendable, Equatable {
    package enum Kind: Sendable { case counter, gauge, histogram }

    package struct Label: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package enum Value: Sendable, Equatable {
        case number(Double)
        /// `counts` are one more than `bounds` and not cumulative.
        case histogram(bounds: [Double], counts: [UInt64], sum: Double)
    }

    package struct Sample: Sendable, Equatable {
        /// In the order of their names.
        package var labels: [Label]
        package var value: Value

        package init(labels: [Label], value: Value) {
            self.labels = labels
            self.value = value
        }

        var order: String { labels.map { "\($0.name)\u{1}\($0.value)" }.joined(separator: "\u{2}") }
    }

    package var name: String
    package var kind: Kind
    package var help: String
    package var samples: [Sample]

    package init(name: String, kind: Kind, help: String, samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    /// `name` with what Prometheus allows in none replaced by `_`.
    static func validName(_ name: String) -> String {
        var valid = ""
        for (index, byte) in name.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: ":"):
                valid.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "0")...UInt8(ascii: "9") where index > 0: valid.unicodeScalars.append(Unicode.Scalar(byte))
            default: valid += "_"
            }
        }
        return valid.isEmpty ? "_" : valid
    }
}
