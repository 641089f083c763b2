// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import Synchronization
import TestKit
import Testing

@Suite("The event recorder", .timeLimit(.minutes(5)))
struct EventRecorderTests {
    private let server = ScriptedTransport()
    private let time = Time()

    private final class Time: Sendable {
        let now = Mutex(Timestamp("2026-11-24T12:00:00Z") ?? .zero)
        func advance(_ duration: Duration) { now.withLock { $0 = $0 + duration } }
    }

    private var deployment: KubeObject {
        var object = KubeObject(GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment"), namespace: "shop", name: "web")
        object.set("u-1", at: "metadata", "uid")
        object.resourceVersion = "7"
        return object
    }

    private func run(_ body: (EventRecorder) async throws -> Void) async throws {
        let recorder = EventRecorder(
            client: KubeClient(transport: server, userAgent: "test"), component: "deployment-controller", now: { [time] in time.now.withLock { $0 } },
            logger: Logger(label: "test"))
        let task = Task { try await recorder.run() }  // cancelled below
        try await body(recorder)
        task.cancel()
        try await task.value
    }

    private func body(_ index: Int) throws -> JSONValue { try JSONValue.parse(server.requests[index].body) }

    /// Answers a creation with what was sent.
    private func answerCreation(in namespace: String = "shop") {
        server.answer("POST", "/api/v1/namespaces/\(namespace)/events") { .json(201, try JSONValue.parse($0.body)) }
    }

    @Test("writes who did what to which object")
    func creates() async throws {
        answerCreation()
        try await run { recorder in
            recorder.record(deployment, .normal, reason: "ScalingReplicaSet", message: "Scaled up")
            await server.waitForRequests(1)
        }
        let event = KubeObject(try body(0).object ?? [:])
        #expect(event.name.hasPrefix("web."))
        #expect(
            event["involvedObject"] == [
                "apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "web", "uid": "u-1", "resourceVersion": "7",
            ])
        #expect(event["source"] == ["component": "deployment-controller"])
        #expect(event["reportingComponent"] == "deployment-controller")
        #expect([event["type"], event["reason"], event["message"], event["count"]] == ["Normal", "ScalingReplicaSet", "Scaled up", 1])
        #expect(event["firstTimestamp"] == "2026-11-24T12:00:00Z")
    }

    @Test("counts the same event within ten minutes, and writes a new one after that")
    func aggregates() async throws {
        answerCreation()
        answerCreation()
        answerCreation()
        try await run { recorder in
            recorder.record(deployment, .normal, reason: "R", message: "m")
            await server.waitForRequests(1)
            let name = try body(0)["metadata"]?["name"]?.string ?? ""
            server.answer("PATCH", "/api/v1/namespaces/shop/events/\(name)", try body(0))
            time.advance(.seconds(60))
            recorder.record(deployment, .normal, reason: "R", message: "m")
            recorder.record(deployment, .normal, reason: "R", message: "another")
            await server.waitForRequests(3)
            #expect(try body(1) == ["count": 2, "lastTimestamp": "2026-11-24T12:01:00Z"])
            time.advance(.seconds(601))
            recorder.record(deployment, .normal, reason: "R", message: "m")
            await server.waitForRequests(4)
        }
        try server.verify()
        #expect(server.requests.map(\.method) == ["POST", "PATCH", "POST", "POST"])
        let names = try [0, 2, 3].map { try body($0)["metadata"]?["name"]?.string }
        #expect(Set(names).count == 3)
    }

    @Test("writes an event anew that was deleted meanwhile")
    func deleted() async throws {
        answerCreation()
        answerCreation()
        try await run { recorder in
            recorder.record(deployment, .warning, reason: "R", message: "m")
            await server.waitForRequests(1)
            let name = try body(0)["metadata"]?["name"]?.string ?? ""
            server.answer("PATCH", "/api/v1/namespaces/shop/events/\(name)", APIError.notFound(GroupResource(group: "", resource: "events"), name))
            recorder.record(deployment, .warning, reason: "R", message: "m")
            await server.waitForRequests(3)
        }
        try server.verify()
    }

    @Test("keeps events of cluster-scoped objects in default, and goes on after a failure")
    func failure() async throws {
        server.answer("POST", "/api/v1/namespaces/shop/events", ClientError("refused"))
        answerCreation(in: "default")
        try await run { recorder in
            recorder.record(deployment, .normal, reason: "R", message: "m")
            recorder.record(KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Node"), name: "n"), .normal, reason: "R", message: "m")
            await server.waitForRequests(2)
        }
        try server.verify()
    }

    @Test("never blocks the recorder, however many events there are")
    func bounded() {
        let recorder = EventRecorder(
            client: KubeClient(transport: server, userAgent: "test"), component: "c", now: { .zero }, logger: Logger(label: "test"))
        for count in 0..<1100 { recorder.record(deployment, .normal, reason: "R", message: "\(count)") }
    }
}
