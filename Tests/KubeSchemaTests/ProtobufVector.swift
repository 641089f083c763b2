// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
@testable import KubeSchema
import Testing

/// A captured object: its protobuf body and its JSON twin, in `Vectors/protobuf`.
struct ProtobufVector: Sendable, CustomTestStringConvertible {
    var name: String
    /// Paths at which the twin shows a later or earlier state of the object.
    var changed: Set<String> = []

    var testDescription: String { name }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Vectors/protobuf")

    var body: [UInt8] { get throws { Array(try Data(contentsOf: Self.folder.appendingPathComponent("\(name).pb"))) } }
    var json: JSONValue { get throws { try JSONValue.parse(Array(try Data(contentsOf: Self.folder.appendingPathComponent("\(name).json")))) } }
}

extension JSONValue {
    /// Paths of the values that only one of both has, or that differ.
    func differences(from other: JSONValue, at path: String = "") -> [String] {
        switch (self, other) {
        case (.object(let left), .object(let right)):
            return Set(left.keys).union(right.keys).sorted().flatMap { key -> [String] in
                let inner = path.isEmpty ? key : "\(path).\(key)"
                guard let mine = left[key], let theirs = right[key] else { return [inner] }
                return mine.differences(from: theirs, at: inner)
            }
        case (.array(let left), .array(let right)) where left.count == right.count:
            return zip(left, right).enumerated().flatMap { index, pair in pair.0.differences(from: pair.1, at: "\(path)[\(index)]") }
        default: return encoded == other.encoded ? [] : [path]
        }
    }
}

/// Writes messages by hand, for what no encoder of ours would write.
enum WireBytes {

    static func varint(_ value: UInt64) -> [UInt8] {
        var (rest, bytes): (UInt64, [UInt8]) = (value, [])
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func field(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(UInt64(content.count)) + content
    }
    static func field(_ number: UInt64, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }
    static func field(_ number: UInt64, integer: UInt64) -> [UInt8] { varint(number << 3) + varint(integer) }

    static func envelope(_ apiVersion: String, _ kind: String, _ raw: [UInt8]) -> [UInt8] {
        [0x6B, 0x38, 0x73, 0] + field(1, field(1, apiVersion) + field(2, kind)) + field(2, raw) + field(3, "") + field(4, "")
    }
}
