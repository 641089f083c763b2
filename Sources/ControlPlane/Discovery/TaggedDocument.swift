// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeSchema
import NIOHTTP1

/// A document that clients keep, and ask for again by its tag.
struct TaggedDocument: Sendable {
    var bytes: [UInt8]
    var hash: String

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        hash = OpenAPIV3.hash(of: bytes)
    }

    /// The document, or 304 to who has it already.
    func answer(_ request: APIRequest, _ headers: HTTPHeaders) -> APIResponse {
        let tag = "\"\(hash)\""
        var headers = headers
        headers.add(name: "Etag", value: tag)
        headers.add(name: "Vary", value: "Accept")
        if request.headers[canonicalForm: "if-none-match"].contains(where: { $0 == tag || $0 == "*" }) {
            return APIResponse(status: .notModified, headers: headers, body: [])
        }
        return APIResponse(headers: headers, body: bytes)
    }
}
