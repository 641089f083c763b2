// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Synchronization
import TestKit

@testable import MetricsAPI

/// An API server that holds one empty Secret and both APIServices of `metrics.k8s.io`, which point to the Service `kube-system/ours`: refuses
/// writes from a stale read, and tells watchers of each change.
final class SecretAPI: Transport {
    private struct State {
        var objects: [String: KubeObject] = [:]
        var revision = 1
        var watches: [(key: String, stream: AsyncStream<[UInt8]>.Continuation)] = []
        var requests: [String] = []
        var readsToHold = 0
        var held: [CheckedContinuation<Void, Never>] = []

        mutating func store(_ key: String, _ object: KubeObject) {
            revision += 1
            var object = object
            object.resourceVersion = "\(revision)"
            objects[key] = object
            let event: JSONValue = ["type": "MODIFIED", "object": .object(object.json)]
            for watch in watches where watch.key == key { watch.stream.yield(event.encoded + [UInt8(ascii: "\n")]) }
        }
    }

    private let state = Mutex(State())

    init() {
        state.withLock { state in
            state.store("secrets/tls", KubeObject(["kind": "Secret", "metadata": ["name": "tls", "namespace": "kube-system"]]))
            for name in ServingSecretSettings.apiServices {
                state.store(
                    "apiservices/\(name)",
                    KubeObject([
                        "kind": "APIService", "metadata": ["name": .string(name)], "spec": ["service": ["namespace": "kube-system", "name": "ours"]],
                    ]))
            }
        }
    }

    /// The next reads of the Secret wait until so many have come.
    func holdReads(_ count: Int) { state.withLock { $0.readsToHold = count } }

    /// By `resource/name`; empty where it is not there.
    func object(_ key: String) -> KubeObject { state.withLock { $0.objects[key] ?? KubeObject([:]) } }
    func remove(_ key: String) { state.withLock { $0.objects[key] = nil } }
    func writes(_ method: String) -> Int { state.withLock { $0.requests.filter { $0.hasPrefix(method + " ") }.count } }

    /// As somebody else's write.
    func change(_ key: String, _ body: (inout KubeObject) -> Void) {
        state.withLock { state in
            guard var object = state.objects[key] else { return }
            body(&object)
            state.store(key, object)
        }
    }

    func wait(until condition: (SecretAPI) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !condition(self) {
            guard ContinuousClock.now < deadline else { throw ClientError("it did not come to be within 60 s") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        let path = String(request.path.prefix { $0 != "?" })
        let parts = path.split(separator: "/").map(String.init)
        if request.path.contains("fieldSelector=metadata.name%3D") { return listOrWatch(request, resource: parts.last ?? "") }
        let key = parts.suffix(2).joined(separator: "/")
        if request.method == "GET", key == "secrets/tls" {
            // Read first, answered when all have read.
            let answer = read(key)
            await hold()
            return answer
        }
        return request.method == "GET" ? read(key) : try write(request, key)
    }

    private func hold() async {
        await withCheckedContinuation { continuation in
            let released = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                state.held.append(continuation)
                state.readsToHold -= 1
                guard state.readsToHold <= 0 else { return [] }
                defer { state.held = [] }
                return state.held
            }
            for continuation in released { continuation.resume() }
        }
    }

    private func read(_ key: String) -> ClientResponse {
        state.withLock { state in
            guard let object = state.objects[key] else { return Self.refusal(404, .notFound, "\(key) not found") }
            return .json(200, .object(object.json))
        }
    }

    private func write(_ request: ClientRequest, _ key: String) throws -> ClientResponse {
        let body = try JSONValue.parse(request.body)
        return state.withLock { state in
            state.requests.append("\(request.method) \(key)")
            guard var object = state.objects[key] else { return Self.refusal(404, .notFound, "\(key) not found") }
            guard body.value(at: "metadata", "resourceVersion")?.string == object.resourceVersion else {
                return Self.refusal(409, .conflict, "\(key) has been modified")
            }
            if request.method == "PATCH" {
                object.set(body.value(at: "spec", "caBundle"), at: "spec", "caBundle")
            } else {
                object = KubeObject(body.object ?? [:])
            }
            state.store(key, object)
            return .json(200, .object(object.json))
        }
    }

    private func listOrWatch(_ request: ClientRequest, resource: String) -> ClientResponse {
        let selector = request.path.components(after: "fieldSelector=metadata.name%3D")
        let key = "\(resource)/\(selector)"
        return state.withLock { state in
            guard request.path.contains("watch=true") else {
                let items = state.objects[key].map { [JSONValue.object($0.json)] } ?? []
                return .json(200, ["kind": "List", "metadata": ["resourceVersion": JSONValue("\(state.revision)")], "items": .array(items)])
            }
            // Unbounded: a test makes as many changes as it makes.
            let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .unbounded)
            state.watches.append((key, continuation))
            // What changed since the list.
            if let object = state.objects[key] {
                let event: JSONValue = ["type": "MODIFIED", "object": .object(object.json)]
                continuation.yield(event.encoded + [UInt8(ascii: "\n")])
            }
            return ClientResponse(status: 200, body: ResponseBody(stream))
        }
    }

    private static func refusal(_ code: Int, _ reason: APIError.Reason, _ message: String) -> ClientResponse {
        .json(code, APIError(code: code, reason: reason, message: message).status)
    }
}

extension String {
    /// What follows `marker`, up to the next parameter.
    fileprivate func components(after marker: String) -> String {
        guard let range = firstRange(of: marker) else { return "" }
        return String(self[range.upperBound...].prefix { $0 != "&" })
    }
}
