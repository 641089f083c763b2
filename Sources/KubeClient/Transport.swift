// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// How requests reach an API server: over TLS, or in tests from a script.
package protocol Transport: Sendable {
    /// Sends one request and returns as soon as the response's head is there.
    /// - Throws: `ClientError` where no server answered.
    func send(_ request: ClientRequest) async throws -> ClientResponse
}

package struct ClientRequest: Sendable, Hashable {
    package var method: String
    /// From the server's root, percent-encoded, with the query.
    package var path: String
    package var headers: [String: String]
    package var body: [UInt8]
    /// A watch or a followed log: the time limit covers the head only.
    package var isStreaming: Bool

    package init(method: String, path: String, headers: [String: String] = [:], body: [UInt8] = [], isStreaming: Bool = false) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.isStreaming = isStreaming
    }
}

package struct ClientResponse: Sendable {
    package var status: Int
    /// Names in lower case.
    package var headers: [String: String]
    package var body: ResponseBody

    package init(status: Int, headers: [String: String] = [:], body: ResponseBody) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The pieces of a body as they arrive; to be read once.
package struct ResponseBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    private let make: @Sendable () -> AsyncIterator

    package struct AsyncIterator: AsyncIteratorProtocol {
        let pull: () async throws -> [UInt8]?
        package mutating func next() async throws -> [UInt8]? { try await pull() }
    }

    package init<Pieces: AsyncSequence & Sendable>(_ pieces: Pieces) where Pieces.Element == [UInt8] {
        make = {
            var iterator = pieces.makeAsyncIterator()
            return AsyncIterator { try await iterator.next() }
        }
    }

    package init(_ bytes: [UInt8]) {
        self.init(
            AsyncStream { continuation in
                if !bytes.isEmpty { continuation.yield(bytes) }
                continuation.finish()
            })
    }

    package func makeAsyncIterator() -> AsyncIterator { make() }

    /// The whole body.
    /// - Throws: `ClientError` where it is longer than `limit` bytes.
    package func collect(limit: Int = 512 << 20) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in self {
            guard bytes.count + piece.count <= limit else { throw ClientError("the answer is longer than \(limit) bytes") }
            bytes.append(contentsOf: piece)
        }
        return bytes
    }
}

/// No usable answer: the server could not be reached, or what came is not the API.
package struct ClientError: Error, Sendable, CustomStringConvertible {
    /// Names the server, the request and the reason.
    package var message: String
    package var cause: (any Error)?

    package init(_ message: String, cause: (any Error)? = nil) {
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
