// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import NIOHTTP1
import Synchronization

/// What the HTTP server itself costs: `/bytes/N` answers N bytes, `/stream` sends what `/send/N` is asked to send to all streams.
final class FixedAnswers: APIHandler {
    private let streams = Mutex<[AsyncStream<[UInt8]>.Continuation]>([])
    private let made = Mutex<[Int: [UInt8]]>([:])

    func handle(_ request: APIRequest) throws -> APIAnswer {
        let parts = request.path.split(separator: "/")
        let bytes = bytes(parts.last.flatMap { Int($0) } ?? 0)
        switch parts.first {
        case "stream":
            // Never more than a few: the sender waits until all have come.
            let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .bufferingOldest(16))
            streams.withLock { $0.append(continuation) }
            return .stream { writer in
                try await writer.start(.ok, ["Content-Type": "application/json"])
                for await bytes in stream { try await writer.write(bytes) }
            }
        case "send":
            for stream in streams.withLock({ $0 }) { stream.yield(bytes) }
            return .ready(APIResponse(contentType: "application/json", body: []))
        default: return .ready(APIResponse(contentType: "application/json", body: bytes))
        }
    }

    /// A line.
    private func bytes(_ count: Int) -> [UInt8] {
        made.withLock { made in
            if let bytes = made[count] { return bytes }
            let bytes = Array(repeating: UInt8(ascii: "x"), count: max(0, count - 1)) + [UInt8(ascii: "\n")]
            made[count] = bytes
            return bytes
        }
    }
}
