// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CZlib
import KubeModel
import NIOHTTP1

/// Compression of large answers for clients that ask for it.
/// - Source: k8s.io/apiserver pkg/endpoints/handlers/responsewriters/writers.go (what is compressed, and from which size)
package enum Gzip {
    /// Smaller answers are not worth it.
    package static let threshold = 128 * 1024
    static let level: Int32 = 1

    package static func isWanted(_ headers: HTTPHeaders) -> Bool {
        headers[canonicalForm: "accept-encoding"].contains { clause in
            let parts = clause.split(separator: ";").map { $0.trimmedSpaces }
            guard parts.first?.lowercased() == "gzip" else { return false }
            return !parts.dropFirst().contains { ["q=0", "q=0.0", "q=0.00", "q=0.000"].contains($0) }
        }
    }

    /// Of a compressed answer.
    package static let headers: HTTPHeaders = ["Content-Encoding": "gzip", "Vary": "Accept-Encoding"]

    /// Whether an answer as it stands is to be compressed.
    static func applies(_ request: HTTPRequestHead, _ response: APIResponse) -> Bool {
        response.body.count > threshold && response.status == .ok && request.method != .HEAD && !response.headers.contains(name: "content-encoding")
            && response.headers.first(name: "content-type")?.hasPrefix("application/") == true && isWanted(request.headers)
    }

    static func compressed(_ response: APIResponse) throws -> APIResponse {
        let encoder = try GzipEncoder()
        var response = response
        response.body = try encoder.append(response.body) + encoder.finish()
        response.headers.add(contentsOf: headers)
        return response
    }
}

/// Compresses a body piece by piece.
package final class GzipEncoder {
    private var stream = z_stream()

    package init() throws {
        guard updraft_gzip_begin(&stream, Gzip.level) == Z_OK else { throw APIError.internalError("cannot begin to compress an answer") }
    }

    deinit { deflateEnd(&stream) }

    /// What can be sent so far, which may be nothing.
    package func append(_ bytes: [UInt8]) throws -> [UInt8] { try deflate(bytes, Z_NO_FLUSH) }

    /// The rest.
    package func finish() throws -> [UInt8] { try deflate([], Z_FINISH) }

    private func deflate(_ bytes: [UInt8], _ flush: Int32) throws -> [UInt8] {
        var input = bytes
        var output: [UInt8] = []
        let size = 64 * 1024
        return try input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            while true {
                let piece = try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                    stream.next_out = buffer.baseAddress
                    stream.avail_out = UInt32(size)
                    let status = CZlib.deflate(&stream, flush)
                    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                        throw APIError.internalError("cannot compress an answer: zlib says \(status)")
                    }
                    count = size - Int(stream.avail_out)
                }
                output.append(contentsOf: piece)
                if piece.count < size { break }
            }
            stream.next_in = nil
            return output
        }
    }
}
