// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import Logging
import NIOHTTP1

/// Writes a `Status` in an encoding other than JSON; nil where it can't.
package typealias StatusEncoder = @Sendable (_ status: JSONValue, Representation.Encoding) -> [UInt8]?

/// The one place where a failure becomes a response.
enum ErrorResponse {
    /// - Parameters:
    ///   - accept: The headers that say how the client wants it: what can't be had is JSON, since nothing else could be said of that.
    ///   - encode: Nil where the server speaks JSON alone.
    static func response(_ error: APIError, accept: HTTPHeaders, encode: StatusEncoder?) -> APIResponse {
        let status = error.status
        let asked = encode == nil ? .json : (try? ContentNegotiation.representation(accept, offering: .status))?.encoding ?? .json
        var encoding = Representation.Encoding.json
        var body = status.encoded + [UInt8(ascii: "\n")]
        if asked != .json, let bytes = encode?(status, asked) { (encoding, body) = (asked, bytes) }
        var headers: HTTPHeaders = ["Content-Type": encoding.rawValue]
        if error.code == 403 { headers.add(name: "X-Content-Type-Options", value: "nosniff") }
        if let seconds = error.details?.retryAfterSeconds, seconds > 0 { headers.add(name: "Retry-After", value: String(seconds)) }
        return APIResponse(status: HTTPResponseStatus(statusCode: clamped(error.code)), headers: headers, body: body)
    }

    /// What the client is told of `error`: an `APIError` as it is, anything else hidden behind a 500 and logged here.
    static func apiError(_ error: any Error, logger: Logger, path: String, auditID: String) -> APIError {
        if let error = error as? APIError { return error }
        if error is CancellationError { return .serviceUnavailable("the server is stopping") }
        logger.error("request failed", metadata: ["path": "\(path)", "auditID": "\(auditID)", "error": "\(error)"])
        return .internalError("the server met an error it did not expect; its log has it under audit ID \(auditID)")
    }

    /// A code outside HTTP's range can only come from a relayed Status.
    private static func clamped(_ code: Int) -> Int { (400...599).contains(code) ? code : 500 }
}
