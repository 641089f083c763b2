// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Between Kubernetes' protobuf and JSON trees, by the rows of a schema: another kind is more rows.
///
/// A value without state. Making one lays out every type of the schema (some milliseconds), so it is made once.
///
/// - Source: the generated.proto files of k8s.io/api and k8s.io/apimachinery
package struct ProtobufTranscoder: Sendable {
    private let layouts: ProtobufLayouts

    package init(schema: KubeSchema) { layouts = ProtobufLayouts(schema: schema) }

    /// Whether a kind can be had in protobuf: built-in kinds, their lists, and what requests and answers are besides. Custom resources
    /// can't, nor can their definitions here, whose schemas have protobuf forms that follow from no rows.
    package func supports(_ kind: GroupVersionKind) -> Bool { kind.group != CustomResourceDefinition.group && layouts.place(of: kind) != nil }

    /// The object in a body, as the JSON that Go prints for it, with its `apiVersion` and `kind`.
    ///
    /// Fields that are not known are passed over. Time and memory are linear in the body's length.
    /// - Parameter expected: The kind where the envelope names none; one that it names is not compared with it.
    package func decode(_ body: [UInt8], expected: GroupVersionKind?) throws(ProtobufError) -> JSONObject {
        let envelope = try ProtobufEnvelope(body)
        let kind = try envelope.groupVersionKind(expected: expected)
        let place = try place(of: kind)
        var decoder = ProtobufDecoder(layouts: layouts, reader: ProtobufReader(body, in: envelope.raw))
        var object = try decoder.object(at: place)
        object["apiVersion"] = .string(kind.apiVersion)
        object["kind"] = .string(kind.kind)
        return object
    }

    /// An object in its envelope; its `apiVersion` and `kind` say what it is.
    ///
    /// The tree is in the form that the schema's decoder gives. Members that the kind does not have are left out.
    package func encode(_ object: JSONObject) throws(ProtobufError) -> [UInt8] {
        var encoder = ProtobufEncoder(layouts: layouts)
        try encode(object, into: &encoder)
        return encoder.bytes
    }

    /// A frame of a watch: 4 bytes of length, the highest first, and the event without an envelope; its object has one.
    /// - Parameter type: `ADDED` and so on.
    package func encodeWatchEvent(type: String, object: JSONObject) throws(ProtobufError) -> [UInt8] {
        var encoder = ProtobufEncoder(layouts: layouts)
        encoder.append([0, 0, 0, 0])
        encoder.text(type, number: 1)
        try encoder.nested(2) { encoder throws(ProtobufError) in
            try encoder.nested(1) { encoder throws(ProtobufError) in try encode(object, into: &encoder) }
        }
        var frame = encoder.bytes
        guard let length = UInt32(exactly: frame.count - 4) else { throw ProtobufError(.unencodable, "the event is too long for a frame") }
        for place in 0..<4 { frame[place] = UInt8(truncatingIfNeeded: length >> UInt32(24 - place * 8)) }
        return frame
    }

    private func encode(_ object: JSONObject, into encoder: inout ProtobufEncoder) throws(ProtobufError) {
        let kind = GroupVersionKind(apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
        let place = try place(of: kind)
        encoder.append(ProtobufEnvelope.magic)
        try encoder.nested(1) { encoder throws(ProtobufError) in
            encoder.text(kind.apiVersion, number: 1)
            encoder.text(kind.kind, number: 2)
        }
        try encoder.nested(2) { encoder throws(ProtobufError) in try encoder.message(object, at: place) }
        encoder.text("", number: 3)
        encoder.text("", number: 4)
    }

    private func place(of kind: GroupVersionKind) throws(ProtobufError) -> Int {
        guard supports(kind), let place = layouts.place(of: kind) else {
            throw ProtobufError(.unknownKind, "no kind \"\(kind.kind)\" is registered for version \"\(kind.apiVersion)\"")
        }
        return place
    }
}
