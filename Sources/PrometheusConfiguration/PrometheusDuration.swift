// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// A duration as Prometheus writes it: whole numbers with units from large to small, each at most once (`1h30m`), or `0`.
/// - Source: `ParseDuration`, prometheus/common model/time.go
struct PrometheusDuration: Hashable, Comparable {
    /// As it was written.
    let text: String
    let milliseconds: Int64

    private static let units: [(name: String, milliseconds: Int64)] = [
        ("y", 365 * 86_400_000), ("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Nil for anything else, and for what nanoseconds in 64 bits don't hold.
    init?(_ text: String) {
        self.text = text
        if text == "0" {
            milliseconds = 0
            return
        }
        var rest = Substring(text)
        var units = Self.units[...]
        var sum: Int64 = 0
        repeat {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            guard let number = Int64(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { ("a"..."z").contains($0) }
            rest = rest.dropFirst(name.count)
            guard let place = units.firstIndex(where: { $0.name == name }) else { return nil }
            let (part, tooLarge) = number.multipliedReportingOverflow(by: units[place].milliseconds)
            let (total, overflow) = sum.addingReportingOverflow(part)
            guard !tooLarge, !overflow else { return nil }
            sum = total
            units = units[(place + 1)...]
        } while !rest.isEmpty
        guard sum <= Int64.max / 1_000_000 else { return nil }
        milliseconds = sum
    }

    /// One that is known to be right.
    init(seconds: Int64) {
        text = "\(seconds)s"
        milliseconds = seconds * 1000
    }

    var duration: Duration { .milliseconds(milliseconds) }

    static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }
}
