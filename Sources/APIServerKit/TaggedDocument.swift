// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1

/// A document that clients keep, and ask for again by its tag.
package struct TaggedDocument: Sendable {
    package var bytes: [UInt8]
    package var hash: String

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        hash = ContentHash.of(bytes)
    }

    /// The document, or 304 to who has it already.
    package func answer(_ request: APIRequest, _ headers: HTTPHeaders) -> APIResponse {
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
