// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeCoding
import KubeModel
import KubeSchema
import NIOHTTP1

/// Bodies in the forms that clients send: JSON stays, protobuf and YAML become JSON before a handler reads them.
///
/// kubectl sends what it makes itself (`create configmap`, `autoscale`, `auth can-i`) in protobuf only.
struct RequestBodies: Sendable {
    let transcoder: ProtobufTranscoder

    private static let accepted = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"]

    /// - Throws: 415 for another form, 400 for a body that is not what its header says.
    func normalized(_ request: APIRequest) throws(APIError) -> APIRequest {
        guard request.method != .PATCH, !request.body.isEmpty, let text = request.headers.first(name: "content-type"), !text.isEmpty else {
            return request
        }
        var request = request
        switch MediaType(text)?.essence {
        case "application/json", "*/*": return request
        case "application/vnd.kubernetes.protobuf": request.body = try json(ofProtobuf: request.body)
        case "application/yaml": request.body = try Self.document(yaml: request.body).encoded
        default: throw .unsupportedMediaType(accepted: Self.accepted)
        }
        request.headers.replaceOrAdd(name: "content-type", value: "application/json")
        return request
    }

    /// The object in a body; nil for what is none.
    func object(_ body: [UInt8], type: String) -> JSONValue? {
        let json: JSONValue? =
            switch MediaType(type)?.essence {
            case "application/vnd.kubernetes.protobuf": (try? transcoder.decode(body, expected: nil)).map { .object($0) }
            case "application/yaml", "application/apply-patch+yaml": try? Self.document(yaml: body)
            default: try? JSONValue.parse(body)
            }
        // A JSON patch is a list of operations.
        return json.flatMap { $0.object != nil || $0.array != nil ? $0 : nil }
    }

    private func json(ofProtobuf body: [UInt8]) throws(APIError) -> [UInt8] {
        do throws(ProtobufError) {
            return JSONValue.object(try transcoder.decode(body, expected: nil)).encoded
        } catch {
            throw .badRequest(error.message)
        }
    }

    /// The one document of a body.
    /// - Throws: 400 for what is no YAML, or not one document.
    static func document(yaml body: [UInt8]) throws(APIError) -> JSONValue {
        guard let text = String(validating: body, as: UTF8.self) else { throw .badRequest("error decoding YAML: it is not UTF-8") }
        do throws(YAMLError) {
            let documents = try YAML.documents(in: text)
            guard documents.count == 1 else { throw YAMLError("one document is needed, not \(documents.count)") }
            return documents[0]
        } catch {
            throw .badRequest("error decoding YAML: \(error)")
        }
    }
}
