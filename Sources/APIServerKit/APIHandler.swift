// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// What answers requests once they are authenticated and authorized.
package protocol APIHandler: Sendable {
    /// Called on the connection's event loop, so it must not block or wait: what has to returns `.deferred` or `.stream`.
    /// A thrown `APIError` becomes its `Status`; any other error a 500 that hides its text from the client and logs it.
    func handle(_ request: APIRequest) throws -> APIAnswer
}

package enum APIAnswer: Sendable {
    case ready(APIResponse)
    /// Waits (for the disk, say) and then answers; cancelled when the client goes.
    case deferred(@Sendable () async throws -> APIResponse)
    /// Writes the body piece by piece until it returns (a watch, a proxied response, a followed log); cancelled when the
    /// client goes or the server stops. An error before the first write becomes a `Status`.
    case stream(@Sendable (any ResponseWriter) async throws -> Void)
}

package struct APIResponse: Sendable {
    package var status: HTTPResponseStatus
    package var headers: HTTPHeaders
    package var body: [UInt8]

    package init(status: HTTPResponseStatus = .ok, headers: HTTPHeaders = [:], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package init(status: HTTPResponseStatus = .ok, contentType: String, body: [UInt8]) {
        self.init(status: status, headers: ["Content-Type": contentType], body: body)
    }
}

/// Where a streamed answer goes. Each write waits until the client has taken enough of what came before.
package protocol ResponseWriter: Sendable {
    /// Exactly once, before the first write.
    func start(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) async throws
    func write(_ bytes: [UInt8]) async throws
}
