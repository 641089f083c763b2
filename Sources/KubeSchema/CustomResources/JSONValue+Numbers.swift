// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Numbers as JSON Schema compares them: by value, an integer of 64 bits exactly, whatever the other one is.
extension JSONValue {
    /// Nil where one of them is no number.
    func numericOrder(to other: JSONValue) -> NumericOrder? {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left < right ? .below : left == right ? .same : .above
        case (.number(let left), .number(let right)): left < right ? .below : left == right ? .same : .above
        case (.integer(let left), .number(let right)): Self.order(left, right)
        case (.number(let left), .integer(let right)): Self.order(right, left).reversed
        default: nil
        }
    }

    enum NumericOrder {
        case below, same, above

        var reversed: NumericOrder {
            switch self {
            case .below: .above
            case .same: .same
            case .above: .below
            }
        }
    }

    private static func order(_ left: Int64, _ right: Double) -> NumericOrder {
        let whole = right.rounded(.down)
        guard let bound = Int64(exactly: whole) else { return right > 0 ? .below : .above }
        if left != bound { return left < bound ? .below : .above }
        return whole == right ? .same : .below
    }

    func isAbove(_ bound: JSONValue, orEqual: Bool) -> Bool {
        switch numericOrder(to: bound) {
        case .above: true
        case .same: orEqual
        case .below: false
        case nil: true
        }
    }

    /// - Parameter factor: Above zero.
    func isMultiple(of factor: JSONValue) -> Bool {
        if case .integer(let value) = self, let factor = factor.int, factor > 0 { return value % factor == 0 }
        guard let value = double, let factor = factor.double, factor > 0 else { return true }
        let quotient = factor < 1 ? 1 / factor * value : value / factor
        guard quotient.isFinite else { return false }
        let whole = quotient.rounded()
        if quotient == whole { return true }
        // As upstream allows for what division loses.
        return whole != 0 && (quotient - whole).magnitude / (quotient.magnitude + whole.magnitude) < 1e-9
    }

    /// Equality by value: `1` is `1.0`.
    func isSchemaEqual(to other: JSONValue) -> Bool {
        switch (self, other) {
        case (.integer, .number), (.number, .integer): numericOrder(to: other) == .same
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isSchemaEqual(to: $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && zip(left, right).allSatisfy { $0.key.utf8.elementsEqual($1.key.utf8) && $0.value.isSchemaEqual(to: $1.value) }
        // Texts are the same by their bytes; Swift also takes canonically equivalent ones for equal.
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        default: self == other
        }
    }

    /// A bound as Go prints it: as an integer beside an integer, else as a float in its shortest form.
    func goText(beside value: JSONValue) -> String {
        switch self {
        case .integer(let bound):
            if case .number = value { return Self.goText(Double(bound)) }
            return String(bound)
        case .number(let bound):
            if case .integer = value, let whole = Int64(exactly: bound) { return String(whole) }
            return Self.goText(bound)
        default: return encodedText
        }
    }

    /// Go's `%v` of a float: an exponent below 10⁻⁴ and from 10⁶ on.
    private static func goText(_ value: Double) -> String {
        guard value.isFinite else { return value < 0 ? "-Inf" : "+Inf" }
        if value == 0 { return "0" }
        let parts = value.magnitude.description.split(separator: "e", maxSplits: 1)
        let halves = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = halves.count > 1 ? String(halves[1]) : ""
        let all = halves[0] + fraction
        let leadingZeros = all.prefix { $0 == "0" }.count
        var digits = String(all.dropFirst(leadingZeros))
        while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        let exponent = halves[0].count - leadingZeros - 1 + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        let sign = value < 0 ? "-" : ""
        if exponent < -4 || exponent >= 6 {
            let tail = digits.dropFirst()
            let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
            return sign + digits.prefix(1) + (tail.isEmpty ? "" : ".\(tail)") + "e\(exponent < 0 ? "-" : "+")\(power)"
        }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
        let width = exponent + 1
        if digits.count <= width { return sign + digits + String(repeating: "0", count: width - digits.count) }
        return sign + digits.prefix(width) + "." + digits.dropFirst(width)
    }
}
