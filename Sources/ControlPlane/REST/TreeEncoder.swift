// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeCoding
import KubeModel
import KubeSchema
import NIOHTTP1

/// The bytes of an answer, and what they are.
struct EncodedBody: Sendable {
    var encoding: Representation.Encoding
    var bytes: [UInt8]
}

/// Trees in the encodings that clients ask for.
struct TreeEncoder: Sendable {
    let transcoder: ProtobufTranscoder

    static let status = GroupVersionKind(apiVersion: "v1", kind: "Status")

    /// What objects of a kind can be had as. Custom resources, and their definitions, are in protobuf only as metadata.
    func offer(_ kind: GroupVersionKind, table: Bool = false, partialMetadata: Bool = false) -> ContentNegotiation.Offer {
        ContentNegotiation.Offer(
            encodings: Representation.Encoding.allCases, hasProtobuf: transcoder.supports(kind), table: table, partialMetadata: partialMetadata)
    }

    /// How the client wants an answer that has one form: a view, a review, a status.
    /// - Throws: 406
    func encoding(_ headers: HTTPHeaders, of kind: GroupVersionKind) throws(APIError) -> Representation.Encoding {
        try ContentNegotiation.representation(headers, offering: offer(kind)).encoding
    }

    /// - Throws: 500 for a tree that its kind's protobuf can't hold, which one that was read by the schema never is.
    func body(_ tree: JSONValue, _ encoding: Representation.Encoding) throws(APIError) -> EncodedBody {
        EncodedBody(encoding: encoding, bytes: try bytes(tree, encoding))
    }

    func bytes(_ tree: JSONValue, _ encoding: Representation.Encoding) throws(APIError) -> [UInt8] {
        switch encoding {
        case .json: return tree.encoded
        case .yaml: return Array(YAML.text(of: tree).utf8)
        case .protobuf:
            var object = tree.object ?? [:]
            // Of `/api` alone; on the wire every kind has a version.
            if object["apiVersion"] == nil { object["apiVersion"] = "v1" }
            return try Self.answering { () throws(ProtobufError) in try transcoder.encode(object) }
        }
    }

    func message(_ object: KubeObject) throws(APIError) -> [UInt8] {
        try Self.answering { () throws(ProtobufError) in try transcoder.encodeMessage(object.json) }
    }

    /// - Parameter kind: Of the items.
    func list(_ kind: GroupVersionKind, metadata: JSONObject, items: [[UInt8]]) throws(APIError) -> [UInt8] {
        try Self.answering { () throws(ProtobufError) in try transcoder.encodeList(kind, metadata: metadata, items: items) }
    }

    func enveloped(_ message: [UInt8], _ kind: GroupVersionKind) -> [UInt8] { transcoder.enveloped(message, kind) }

    /// One event of a watch, around an object that is encoded as it stands by itself.
    func watchEvent(
        _ type: WatchFraming.EventType, encodedObject object: [UInt8], _ encoding: Representation.Encoding
    ) throws(APIError) -> [UInt8] {
        guard encoding == .protobuf else { return WatchFraming.line(type, encodedObject: object) }
        return try Self.answering { () throws(ProtobufError) in try transcoder.watchFrame(type: type.rawValue, enveloped: object) }
    }

    private static func answering(_ encode: () throws(ProtobufError) -> [UInt8]) throws(APIError) -> [UInt8] {
        do throws(ProtobufError) { return try encode() } catch { throw .internalError(error.message) }
    }
}
