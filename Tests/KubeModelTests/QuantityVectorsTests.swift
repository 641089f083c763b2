// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import TestKit
import Testing

@Suite("Vectors: quantities are upstream's, digit for digit")
struct QuantityVectorsTests {
    @Test("parse, json, construct")
    func all() throws {
        let failures = try Vectors.load("quantity", from: .module).run { one in
            switch one["kind"]?.string {
            case "parse": Self.parse(one)
            case "json": Self.json(one)
            case "construct": Self.construct(one)
            default: "unknown kind"
            }
        }
        #expect(failures.isEmpty, "\(failures.prefix(10).map(\.description).joined(separator: "\n"))")
    }

    private static func parse(_ one: JSONValue) -> String? {
        let input = one["input"]?.string ?? ""
        let quantity: Quantity
        do {
            quantity = try Quantity(input)
        } catch {
            return error.message == one["error"]?.string ? nil : "\(input) failed: \(error)"
        }
        if let error = one["error"]?.string { return "\(input) should fail: \(error)" }
        var differences: [String] = []
        func expect(_ field: String, _ found: String) {
            if let expected = one[field]?.string, expected != found { differences.append("\(field) \(found), expected \(expected)") }
        }
        func expect(_ field: String, _ found: Int64?) {
            guard let expected = one[field]?.int else { return }
            if expected != found { differences.append("\(field) \(found.map(String.init) ?? "none"), expected \(expected)") }
        }
        expect("string", quantity.description)
        expect("canonical", quantity.canonicalText)
        expect("format", quantity.format.rawValue)
        expect("sign", Int64(quantity.sign))
        expect("value", quantity.value)
        expect("milliValue", quantity.milliValue)
        expect("microValue", quantity.microValue)
        expect("nanoValue", quantity.nanoValue)
        expect("kiloValue", quantity.kiloValue)
        if let ok = one["asInt64OK"]?.bool, ok != (quantity.int64 != nil) { differences.append("asInt64OK \(!ok)") }
        expect("asInt64", quantity.int64)
        expect("asDec", quantity.decimalText)
        if let text = one["approximateFloat64"]?.string, let expected = Double(text), expected != quantity.approximateDouble,
            !(expected.isNaN && quantity.approximateDouble.isNaN)
        {
            differences.append("approximateFloat64 \(quantity.approximateDouble), expected \(expected)")
        }
        expect("neg", (-quantity).description)
        if let roundUp = one["roundUp"] {
            let (rounded, isExact) = quantity.roundedUp(toPowerOfTen: -3)
            if rounded.description != roundUp["result"]?.string {
                differences.append("roundUp \(rounded), expected \(roundUp["result"]?.string ?? "")")
            }
            if isExact != roundUp["exact"]?.bool { differences.append("roundUp exact \(isExact)") }
        }
        if let text = one["other"]?.string, let other = try? Quantity(text) {
            expect("cmp", quantity < other ? -1 : quantity == other ? 0 : 1)
            expect("add", (quantity + other).description)
            expect("addFormat", (quantity + other).format.rawValue)
            expect("sub", (quantity - other).description)
            expect("subFormat", (quantity - other).format.rawValue)
        }
        if let factor = one["mulBy"]?.int {
            let (product, isSmall) = quantity.multiplied(by: factor)
            expect("mul", product.description)
            if let ok = one["mulOK"]?.bool, ok != isSmall { differences.append("mulOK \(isSmall)") }
        }
        return differences.isEmpty ? nil : "\(input): " + differences.joined(separator: "; ")
    }

    private static func json(_ one: JSONValue) -> String? {
        let token = one["token"]?.string ?? ""
        do {
            let quantity = try Quantity(jsonToken: token)
            guard one["error"] == nil else { return "\(token) should fail" }
            let found = [quantity.description, quantity.format.rawValue, quantity.json.encodedText]
            let expected = [one["string"]?.string, one["format"]?.string, one["remarshalled"]?.string]
            return zip(found, expected).allSatisfy { $1 == nil || $0 == $1 } ? nil : "\(token): \(found), expected \(expected)"
        } catch {
            return error.message == one["error"]?.string ? nil : "\(token) failed: \(error)"
        }
    }

    private static func construct(_ one: JSONValue) -> String? {
        guard let n = one["n"]?.int, let format = one["format"]?.string.flatMap(Quantity.Format.init) else { return "no number" }
        let quantity =
            switch one["constructor"]?.string {
            case "NewMilliQuantity": Quantity(milli: n, format)
            case "NewScaledQuantity": Quantity(n, exponent: Int(one["scale"]?.int ?? 0), format)
            default: Quantity(n, format)
            }
        if let text = one["string"]?.string, text != quantity.description { return "\(n): \(quantity), expected \(text)" }
        if let value = one["value"]?.int, value != quantity.value { return "\(n): value \(quantity.value), expected \(value)" }
        if let milli = one["milliValue"]?.int, milli != quantity.milliValue { return "\(n): milliValue \(quantity.milliValue), expected \(milli)" }
        return nil
    }

    @Test("hostile exponents are refused at once", arguments: ["1e1000000000", "1e-99999999", "1e9223372036854775808", "1E+2000"])
    func hostile(text: String) {
        #expect(throws: QuantityError.self) { try Quantity(text) }
    }
}
