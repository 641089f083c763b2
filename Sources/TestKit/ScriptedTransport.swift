// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Synchronization

/// A server for client code under test: it answers the requests of a script, and no other.
///
/// Requests match by method and path (with its query). Answers to the same request are given in the order they were
/// scripted; a `standing` answer is given as often as asked. `verify()` at a test's end fails for a request that was
/// not in the script, and for one in the script that never came.
package final class ScriptedTransport: Transport {
    package typealias Answer = @Sendable (ClientRequest) async throws -> ClientResponse

    private struct Waiter {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var scripted: [String: [Answer]] = [:]
        var standing: [String: Answer] = [:]
        var requests: [ClientRequest] = []
        var unexpected: [String] = []
        var waiters: [Waiter] = []

        mutating func take(_ name: String) -> Answer? {
            if let answers = scripted[name], let first = answers.first {
                scripted[name] = Array(answers.dropFirst())
                return first
            }
            if standing[name] == nil { unexpected.append(name) }
            return standing[name]
        }
    }

    private let state = Mutex(State())

    package init() {}

    /// All requests so far, in the order in which they came.
    package var requests: [ClientRequest] { state.withLock { $0.requests } }

    // MARK: - Script

    package func answer(_ method: String, _ path: String, _ answer: @escaping Answer) {
        state.withLock { $0.scripted["\(method) \(path)", default: []].append(answer) }
    }

    package func answer(_ method: String, _ path: String, status: Int = 200, _ json: JSONValue) {
        answer(method, path) { _ in .json(status, json) }
    }

    /// A `Status` answer.
    package func answer(_ method: String, _ path: String, _ error: APIError) { answer(method, path, status: error.code, error.status) }

    /// No server: the request fails.
    package func answer(_ method: String, _ path: String, _ error: ClientError) { answer(method, path) { _ in throw error } }

    /// Whenever this request comes and nothing else is scripted for it; need not come.
    package func standing(_ method: String, _ path: String, _ answer: @escaping Answer) {
        state.withLock { $0.standing["\(method) \(path)"] = answer }
    }

    package func standing(_ method: String, _ path: String, status: Int = 200, _ json: JSONValue) {
        standing(method, path) { _ in .json(status, json) }
    }

    /// A watch (or a log) that the test feeds through the returned stream.
    package func stream(_ method: String = "GET", _ path: String) -> ScriptedStream {
        let stream = ScriptedStream()
        answer(method, path) { _ in ClientResponse(status: 200, headers: ["content-type": "application/json"], body: ResponseBody(stream.pieces)) }
        return stream
    }

    // MARK: - Requests

    package func send(_ request: ClientRequest) async throws -> ClientResponse {
        let name = "\(request.method) \(request.path)"
        let (answer, waiters) = state.withLock { state in
            state.requests.append(request)
            let satisfied = state.waiters.filter { $0.count <= state.requests.count }
            state.waiters.removeAll { $0.count <= state.requests.count }
            return (state.take(name), satisfied)
        }
        for waiter in waiters { waiter.continuation.resume() }
        guard let answer else { throw ClientError("the script has no answer to \(name)") }
        return try await answer(request)
    }

    /// Returns once that many requests have come.
    package func waitForRequests(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.requests.count >= count { return true }
                state.waiters.append(Waiter(count: count, continuation: continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    /// - Throws: `BrokenPromise`, naming requests that came unexpectedly and those that never came.
    package func verify() throws {
        let (unexpected, missing) = state.withLock { ($0.unexpected, $0.scripted.filter { !$0.value.isEmpty }.keys.sorted()) }
        guard unexpected.isEmpty, missing.isEmpty else {
            throw BrokenPromise(description: "requests not in the script: \(unexpected); requests that never came: \(missing)")
        }
    }
}

/// The body of one answer, sent by the test piece by piece.
package struct ScriptedStream: Sendable {
    /// Unbounded: a test sends what it sends.
    let pieces: AsyncThrowingStream<[UInt8], any Error>
    private let continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation

    init() { (pieces, continuation) = AsyncThrowingStream.makeStream(of: [UInt8].self, bufferingPolicy: .unbounded) }

    package func send(_ event: WatchEvent) { send(["type": .string(event.kind.rawValue), "object": .object(event.object.json)]) }
    /// An `ERROR` event.
    package func send(_ error: APIError) { send(["type": "ERROR", "object": error.status]) }
    /// One line.
    package func send(_ line: JSONValue) { continuation.yield(line.encoded + [UInt8(ascii: "\n")]) }
    package func send(bytes: [UInt8]) { continuation.yield(bytes) }
    package func finish(throwing error: (any Error)? = nil) { continuation.finish(throwing: error) }
}

extension ClientResponse {
    package static func json(_ status: Int, _ json: JSONValue) -> ClientResponse {
        ClientResponse(status: status, headers: ["content-type": "application/json"], body: ResponseBody(json.encoded))
    }
}
