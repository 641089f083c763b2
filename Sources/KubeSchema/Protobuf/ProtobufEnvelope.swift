// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The envelope of an object: 4 bytes of magic, then runtime.Unknown.
///
///     6B 38 73 00                        "k8s" and a zero
///     1: typeMeta                        1: apiVersion, 2: kind
///     2: raw                             the object's own message
///     3: contentEncoding, 4: contentType always empty
///
/// - Source: k8s.io/apimachinery/pkg/runtime/serializer/protobuf
struct ProtobufEnvelope {
    static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0]

    var apiVersion = ""
    var kind = ""
    /// Where the object's message is in the body.
    var raw: Range<Int>

    init(_ body: [UInt8]) throws(ProtobufError) {
        guard !body.isEmpty else { throw ProtobufError(.notProtobuf, "empty data", offset: 0) }
        guard body.starts(with: Self.magic) else {
            throw ProtobufError(
                .notProtobuf, "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]", offset: 0)
        }
        guard body.count > Self.magic.count else { throw ProtobufError(.notProtobuf, "empty body", offset: body.count) }
        raw = body.count..<body.count
        var reader = ProtobufReader(body, in: Self.magic.count..<body.count)
        while !reader.isAtEnd {
            let (number, wire) = try reader.tag(of: "Unknown")
            guard number <= 4 else {
                try reader.skip(wire)
                continue
            }
            guard wire == .delimited else { throw reader.malformed("proto: wrong wireType = \(wire.rawValue) for field \(number) of Unknown") }
            switch number {
            case 1: try readTypeMeta(&reader)
            case 2: raw = try reader.delimited().indices
            default: _ = try reader.delimited()
            }
        }
    }

    private mutating func readTypeMeta(_ reader: inout ProtobufReader) throws(ProtobufError) {
        let outer = try reader.enter()
        while !reader.isAtEnd {
            let (number, wire) = try reader.tag(of: "TypeMeta")
            guard number <= 2 else {
                try reader.skip(wire)
                continue
            }
            guard wire == .delimited else { throw reader.malformed("proto: wrong wireType = \(wire.rawValue) for field \(number) of TypeMeta") }
            if number == 1 { apiVersion = try reader.string("APIVersion") } else { kind = try reader.string("Kind") }
        }
        reader.leave(to: outer)
    }

    /// The kind, with `expected` for what the envelope leaves open.
    func groupVersionKind(expected: GroupVersionKind?) throws(ProtobufError) -> GroupVersionKind {
        var actual = GroupVersionKind(apiVersion: apiVersion, kind: kind)
        if actual.kind.isEmpty { actual.kind = expected?.kind ?? "" }
        if actual.version.isEmpty, let expected { (actual.group, actual.version) = (expected.group, expected.version) }
        guard !actual.kind.isEmpty else { throw ProtobufError(.unknownKind, "Object 'Kind' is missing in protobuf data") }
        guard !actual.version.isEmpty else { throw ProtobufError(.unknownKind, "Object 'apiVersion' is missing in protobuf data") }
        return actual
    }
}
