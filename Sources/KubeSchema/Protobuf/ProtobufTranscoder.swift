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
        enveloped(try encodeMessage(object), Self.kind(of: object))
    }

    /// An object's own message, without an envelope, as it stands in a list.
    package func encodeMessage(_ object: JSONObject) throws(ProtobufError) -> [UInt8] {
        var encoder = ProtobufEncoder(layouts: layouts)
        try encoder.message(object, at: try place(of: Self.kind(of: object)))
        return encoder.bytes
    }

    /// A list in its envelope, from the messages of its items.
    /// - Parameter kind: The list's own.
    package func encodeList(_ kind: GroupVersionKind, metadata: JSONObject, items: [[UInt8]]) throws(ProtobufError) -> [UInt8] {
        var head = ProtobufEncoder(layouts: layouts)
        try head.message(["metadata": .object(metadata)], at: try place(of: kind))
        let length = items.reduce(head.bytes.count) { $0 + ProtobufEncoder.delimitedLength($1.count) }
        return enveloped(kind, messageLength: length) { encoder in
            encoder.append(head.bytes)
            for item in items { encoder.delimited(item, number: 2) }
        }
    }

    // MARK: What lies around messages

    /// A message of a kind in its envelope.
    package func enveloped(_ message: [UInt8], _ kind: GroupVersionKind) -> [UInt8] {
        enveloped(kind, messageLength: message.count) { $0.append(message) }
    }

    private func enveloped(_ kind: GroupVersionKind, messageLength: Int, _ message: (inout ProtobufEncoder) -> Void) -> [UInt8] {
        var encoder = ProtobufEncoder(layouts: layouts)
        encoder.reserve(messageLength + kind.apiVersion.utf8.count + kind.kind.utf8.count + 32)
        encoder.append(ProtobufEnvelope.magic)
        encoder.delimited(1) { encoder in
            encoder.text(kind.apiVersion, number: 1)
            encoder.text(kind.kind, number: 2)
        }
        encoder.head(2, length: messageLength)
        message(&encoder)
        encoder.text("", number: 3)
        encoder.text("", number: 4)
        return encoder.bytes
    }

    /// A frame of a watch: 4 bytes of length, the highest first, and the event, which is in no envelope, while its object is.
    ///
    ///     1: type                            `ADDED` and so on
    ///     2: object                          1: raw, the object in its envelope
    ///
    /// - Source: k8s.io/apimachinery pkg/runtime/serializer/protobuf, and `LengthDelimitedFramer`
    package func watchFrame(type: String, enveloped object: [UInt8]) throws(ProtobufError) -> [UInt8] {
        let raw = ProtobufEncoder.delimitedLength(object.count)
        let event = ProtobufEncoder.delimitedLength(type.utf8.count) + ProtobufEncoder.delimitedLength(raw)
        guard let length = UInt32(exactly: event) else { throw ProtobufError(.unencodable, "the event is too long for a frame") }
        var encoder = ProtobufEncoder(layouts: layouts)
        encoder.reserve(event + 4)
        encoder.append((0..<4).map { UInt8(truncatingIfNeeded: length >> UInt32(24 - $0 * 8)) })
        encoder.text(type, number: 1)
        encoder.head(2, length: raw)
        encoder.delimited(object, number: 1)
        return encoder.bytes
    }

    private static func kind(of object: JSONObject) -> GroupVersionKind {
        GroupVersionKind(apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
    }

    private func place(of kind: GroupVersionKind) throws(ProtobufError) -> Int {
        guard supports(kind), let place = layouts.place(of: kind) else {
            throw ProtobufError(.unknownKind, "no kind \"\(kind.kind)\" is registered for version \"\(kind.apiVersion)\"")
        }
        return place
    }
}
