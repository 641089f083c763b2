// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import NIOHTTP1

/// `/openapi/v2`: a document that describes nothing.
///
/// kubectl looks here for kinds that OpenAPI v3 doesn't have, before it says that there is no such kind; without any document
/// it blames the download instead.
enum OpenAPIV2 {
    static let path = "/openapi/v2"
    private static let protobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    static func response(_ headers: HTTPHeaders) -> APIResponse {
        let wantsProtobuf = headers["accept"].contains { $0.contains("proto-openapi.spec.v2") }
        var response = APIResponse(contentType: wantsProtobuf ? protobufType : "application/json", body: wantsProtobuf ? protobuf : json.encoded)
        response.headers.add(name: "Cache-Control", value: "no-cache, private")
        response.headers.add(name: "Vary", value: "Accept")
        return response
    }

    private static let json: JSONValue = ["swagger": "2.0", "info": ["title": "Kubernetes", "version": "v1"], "paths": [:]]

    /// `openapi.v2.Document` of gnostic: 1 swagger, 2 info (1 title, 2 version), 8 paths.
    private static let protobuf: [UInt8] =
        field(1, Array("2.0".utf8)) + field(2, field(1, Array("Kubernetes".utf8)) + field(2, Array("v1".utf8))) + field(8, [])

    /// A length-delimited field; numbers and lengths here take one byte.
    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(content.count)] + content }
}
