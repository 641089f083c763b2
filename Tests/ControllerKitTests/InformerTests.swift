// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import Synchronization
import TestKit
import Testing

@Suite("An informer", .timeLimit(.minutes(5)))
struct InformerTests {
    private let server = ScriptedTransport()
    private let clock = ManualClock()
    private let changes = Changes()

    /// The changes told, as `old>new` names with their revisions.
    final class Changes: Sendable {
        private let state = Mutex((told: [String](), waiters: [(Int, CheckedContinuation<Void, Never>)]()))

        func add(_ old: KubeObject?, _ new: KubeObject?) {
            func text(_ object: KubeObject?) -> String { object.map { "\($0.name)\($0.resourceVersion)" } ?? "" }
            let ready = state.withLock { state in
                state.told.append("\(text(old))>\(text(new))")
                let ready = state.waiters.filter { $0.0 <= state.told.count }
                state.waiters.removeAll { $0.0 <= state.told.count }
                return ready
            }
            for waiter in ready { waiter.1.resume() }
        }

        func first(_ count: Int) async -> [String] {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.told.count >= count { return true }
                    state.waiters.append((count, continuation))
                    return false
                }
                if isReady { continuation.resume() }
            }
            return state.withLock { $0.told }
        }
    }

    private func pod(_ name: String, _ revision: Int, uid: String? = nil, node: String = "") -> KubeObject {
        var pod = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Pod"), namespace: name == "x" ? "other" : "shop", name: name)
        pod.resourceVersion = String(revision)
        pod.set(.string(uid ?? "uid-\(name)"), at: "metadata", "uid")
        if !node.isEmpty { pod.set(.string(node), at: "spec", "nodeName") }
        return pod
    }

    private func list(_ revision: Int, _ pods: [KubeObject]) -> JSONValue {
        [
            "kind": "PodList", "apiVersion": "v1", "metadata": ["resourceVersion": .string(String(revision))],
            "items": .array(pods.map { .object($0.json) }),
        ]
    }

    private func watch(after revision: Int) -> ScriptedStream { server.stream("GET", "/api/v1/pods?watch=true&resourceVersion=\(revision)") }

    private func run(indexes: [String: Informer.IndexValues] = [:], _ body: (Informer) async throws -> Void) async rethrows {
        let transport = WatchPathTransport(server: server)
        let informer = Informer(
            client: KubeClient(transport: transport, userAgent: "test"), resource: .pods, indexes: indexes, clock: clock,
            logger: Logger(label: "test"))
        informer.onChange { [changes] in changes.add($0, $1) }
        let task = Task { try await informer.run() }  // cancelled below
        try await body(informer)
        task.cancel()
        _ = try? await task.value
    }

    /// Takes the time limit out of a watch's path, which is random.
    private struct WatchPathTransport: Transport {
        let server: ScriptedTransport
        func send(_ request: ClientRequest) async throws -> ClientResponse {
            var request = request
            if let range = request.path.firstRange(of: /&timeoutSeconds=[0-9]+/) { request.path.removeSubrange(range) }
            return try await server.send(request)
        }
    }

    @Test("lists, then follows every change in order")
    func follows() async throws {
        server.answer("GET", "/api/v1/pods", list(5, [pod("a", 3), pod("x", 4)]))
        let events = watch(after: 5)
        await run { informer in
            try? await informer.waitUntilSynced()
            #expect(informer.hasSynced)
            events.send(WatchEvent(kind: .added, object: pod("b", 6)))
            events.send(WatchEvent(kind: .modified, object: pod("a", 7)))
            events.send(WatchEvent(kind: .bookmark, object: pod("", 8)))
            events.send(WatchEvent(kind: .deleted, object: pod("b", 9)))
            let told = await changes.first(5)
            #expect(Set(told.prefix(2)) == [">a3", ">x4"])
            #expect(told.dropFirst(2) == [">b6", "a3>a7", "b9>"])
            #expect(informer.list(namespace: "shop").map(\.resourceVersion) == ["7"])
            #expect(informer.list().count == 2)
            #expect(informer.get(NamespacedName(namespace: "shop", name: "a"))?.resourceVersion == "7")
        }
    }

    @Test("goes on from the last event where the server ends the watch, and where the connection breaks")
    func resumes() async throws {
        server.answer("GET", "/api/v1/pods", list(5, []))
        let (first, second, third) = (watch(after: 5), watch(after: 6), watch(after: 7))
        await run { _ in
            first.send(WatchEvent(kind: .added, object: pod("a", 6)))
            first.finish()
            second.send(WatchEvent(kind: .modified, object: pod("a", 7)))
            second.finish(throwing: ClientError("connection reset"))
            await clock.waitForSleepers()
            clock.advance(by: .seconds(1))
            third.send(WatchEvent(kind: .modified, object: pod("a", 8)))
            #expect(await changes.first(3) == [">a6", "a6>a7", "a7>a8"])
        }
        try server.verify()
    }

    @Test("does not ask again in a tight loop where a watch ends without events")
    func eventless() async throws {
        server.answer("GET", "/api/v1/pods", list(5, []))
        watch(after: 5).finish()
        let next = watch(after: 5)
        await run { _ in
            await clock.waitForSleepers()
            clock.advance(by: .milliseconds(100))
            next.send(WatchEvent(kind: .added, object: pod("a", 6)))
            #expect(await changes.first(1) == [">a6"])
        }
    }

    @Test("lists again where the history is gone, and tells the difference only")
    func expired() async throws {
        server.answer("GET", "/api/v1/pods", list(5, [pod("a", 1), pod("b", 2), pod("c", 3)]))
        let events = watch(after: 5)
        server.answer("GET", "/api/v1/pods", list(50, [pod("a", 1), pod("b", 20), pod("c", 30, uid: "another")]))
        let later = watch(after: 50)
        await run { informer in
            _ = await changes.first(3)
            events.send(APIError.expired("too old resource version: 5 (40)"))
            let told = await changes.first(6)
            #expect(Set(told.dropFirst(3)) == ["b2>b20", "c3>", ">c30"])
            later.send(WatchEvent(kind: .deleted, object: pod("a", 51)))
            #expect(await changes.first(7).last == "a51>")
        }
        try server.verify()
    }

    @Test("waits for a server that isn't there yet")
    func unreachable() async throws {
        for _ in 0..<4 { server.answer("GET", "/api/v1/pods", ClientError("refused")) }
        server.answer("GET", "/api/v1/pods", list(5, [pod("a", 1)]))
        _ = watch(after: 5)
        await run { informer in
            for milliseconds in [50, 100, 200, 400] {
                await clock.waitForSleepers()
                #expect(clock.nextDeadline == clock.now.advanced(by: .milliseconds(milliseconds)))
                #expect(!informer.hasSynced)
                clock.advanceToNextDeadline()
            }
            #expect(await changes.first(1) == [">a1"])
        }
    }

    @Test("comes again when a server with too much to do says, not sooner")
    func tooManyRequests() async throws {
        server.answer("GET", "/api/v1/pods") { _ in
            ClientResponse(status: 429, headers: ["retry-after": "3"], body: ResponseBody(Array("Too many requests".utf8)))
        }
        server.answer("GET", "/api/v1/pods", APIError(code: 429, reason: .tooManyRequests, message: "busy", details: .init(retryAfterSeconds: 1)))
        server.answer("GET", "/api/v1/pods", list(5, [pod("a", 1)]))
        _ = watch(after: 5)
        await run { _ in
            for seconds in [3, 1] {
                await clock.waitForSleepers()
                #expect(clock.nextDeadline == clock.now.advanced(by: .seconds(seconds)))
                clock.advanceToNextDeadline()
            }
            #expect(await changes.first(1) == [">a1"])
        }
    }

    @Test("finds objects by index, as they are now")
    func indexes() async throws {
        server.answer("GET", "/api/v1/pods", list(5, [pod("a", 1, node: "n1"), pod("b", 2, node: "n1"), pod("c", 3)]))
        let events = watch(after: 5)
        await run(indexes: ["node": { $0.spec["nodeName"]?.string.map { [$0] } ?? [] }]) { informer in
            _ = await changes.first(3)
            #expect(Set(informer.list(index: "node", "n1").map(\.name)) == ["a", "b"])
            events.send(WatchEvent(kind: .modified, object: pod("a", 6, node: "n2")))
            events.send(WatchEvent(kind: .modified, object: pod("c", 7, node: "n1")))
            events.send(WatchEvent(kind: .deleted, object: pod("b", 8, node: "n1")))
            _ = await changes.first(6)
            #expect(informer.list(index: "node", "n1").map(\.name) == ["c"])
            #expect(informer.list(index: "node", "n2").map(\.name) == ["a"])
            #expect(informer.list(index: "node", "n3").isEmpty)
            #expect(informer.list(index: "none", "n1").isEmpty)
        }
    }

    @Test("who waits for the first list ends with its task, or with the informer")
    func waiting() async throws {
        server.standing("GET", "/api/v1/pods") { _ in throw ClientError("refused") }
        let informer = Informer(
            client: KubeClient(transport: server, userAgent: "test"), resource: .pods, clock: clock, logger: Logger(label: "test"))
        let waiter = Task { try await informer.waitUntilSynced() }  // cancelled next
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        let second = Task { try await informer.waitUntilSynced() }  // ends with the informer
        let running = Task { try await informer.run() }  // cancelled below
        await clock.waitForSleepers()
        running.cancel()
        try await running.value
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(!informer.hasSynced)
    }

    @Test("tells a handler that comes late of what is there")
    func lateHandler() async throws {
        server.answer("GET", "/api/v1/pods", list(5, [pod("a", 1)]))
        _ = watch(after: 5)
        await run { informer in
            _ = await changes.first(1)
            let late = Changes()
            informer.onChange { late.add($0, $1) }
            #expect(await late.first(1) == [">a1"])
        }
    }
}
