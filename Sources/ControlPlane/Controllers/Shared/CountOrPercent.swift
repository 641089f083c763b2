// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A number of pods, or a part of all of them: `maxSurge`, `maxUnavailable`.
///
/// - Source: `GetScaledValueFromIntOrPercent`, k8s.io/apimachinery pkg/util/intstr
enum CountOrPercent: Sendable, Hashable {
    case count(Int64)
    case percent(Int64)

    /// nil for what is neither.
    init?(_ value: JSONValue?) {
        if let number = value?.int {
            self = .count(max(0, number))
        } else if let text = value?.string, text.hasSuffix("%"), let percent = Int64(text.dropLast()) {
            self = .percent(min(max(0, percent), 1_000_000))
        } else {
            return nil
        }
    }

    func count(of total: Int64, roundsUp: Bool) -> Int64 {
        switch self {
        case .count(let count): return count
        case .percent(let percent):
            let (product, overflow) = total.multipliedReportingOverflow(by: percent)
            guard !overflow else { return total }
            return roundsUp ? (product + 99) / 100 : product / 100
        }
    }
}
