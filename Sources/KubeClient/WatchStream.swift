// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

package struct WatchEvent: Sendable, Hashable {
    package enum Kind: String, Sendable { case added = "ADDED", modified = "MODIFIED", deleted = "DELETED", bookmark = "BOOKMARK" }

    package var kind: Kind
    package var object: KubeObject

    package init(kind: Kind, object: KubeObject) {
        self.kind = kind
        self.object = object
    }
}

/// The events of a watch, one JSON object a line. Its end is ordinary: the server's time limit.
///
/// - Throws: `APIError` for an `ERROR` event (410: list again), `ClientError` for what is no event or too long for one.
package struct WatchStream: AsyncSequence, Sendable {
    package typealias Element = WatchEvent
    private let body: ResponseBody

    /// Far above any object that a server accepts.
    static let maximumLine = 16 << 20

    package init(_ body: ResponseBody) { self.body = body }

    package struct AsyncIterator: AsyncIteratorProtocol {
        var pieces: ResponseBody.AsyncIterator
        var buffer: [UInt8] = []
        var start = 0
        /// Where the search for the end of the line goes on.
        var searched = 0

        package mutating func next() async throws -> WatchEvent? {
            while true {
                if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                    let line = Array(buffer[start..<end])
                    start = end + 1
                    searched = start
                    if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
                    return try WatchStream.event(line)
                }
                if start > 0 {
                    buffer.removeFirst(start)
                    start = 0
                }
                searched = buffer.count
                guard buffer.count <= WatchStream.maximumLine else {
                    throw ClientError("a watch event is longer than \(WatchStream.maximumLine) bytes")
                }
                guard let piece = try await pieces.next() else {
                    // A line cut off by the end of the connection is no event; the next list sees what it told.
                    return nil
                }
                buffer.append(contentsOf: piece)
            }
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: body.makeAsyncIterator()) }

    static func event(_ line: [UInt8]) throws -> WatchEvent {
        let json: JSONValue
        do {
            json = try JSONValue.parse(line)
        } catch {
            throw ClientError("a watch event is not JSON: \(error)", cause: error)
        }
        if json["type"] == "ERROR" {
            throw json["object"].flatMap { APIError(status: $0) } ?? ClientError("the watch ended with an error that has no status")
        }
        guard let kind = json["type"]?.string.flatMap(WatchEvent.Kind.init), let object = json["object"]?.object else {
            throw ClientError("a watch event has no known type")
        }
        return WatchEvent(kind: kind, object: KubeObject(object))
    }
}
