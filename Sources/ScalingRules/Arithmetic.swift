// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

extension Int64 {
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}

extension Int32 {
    func addingClamped(_ other: Int32) -> Int32 { Int32(clamping: Int64(self) + Int64(other)) }
    func subtractingClamped(_ other: Int32) -> Int32 { Int32(clamping: Int64(self) - Int64(other)) }

    /// `value` cut to what 32 bits hold, towards zero; nil for NaN.
    init?(clamping value: Double) {
        guard !value.isNaN else { return nil }
        if value >= Double(Int32.max) {
            self = .max
        } else if value <= Double(Int32.min) {
            self = .min
        } else {
            self = Int32(value)
        }
    }
}
