// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Logging
import Synchronization
import TestKit
import Testing

@testable import ControllerKit

@Suite("Leader election")
struct LeaderElectionTests {
    static let name = NamespacedName(namespace: "kube-system", name: "autoscaler")
    static let path = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/autoscaler"
    static let now = Timestamp(seconds: 1_800_000_000)

    // MARK: What follows from a Lease

    private static func lease(_ holder: String, version: String, seconds: Int64 = 15) -> KubeObject {
        var lease = KubeObject(
            GroupVersionKind(group: "coordination.k8s.io", version: "v1", kind: "Lease"), namespace: name.namespace, name: name.name)
        lease.resourceVersion = version
        lease["spec"] = [
            "holderIdentity": .string(holder), "leaseDurationSeconds": .integer(seconds), "leaseTransitions": 3,
            "acquireTime": "2026-01-01T00:00:00.000000Z", "renewTime": "2026-01-01T00:00:00.000000Z",
        ]
        return lease
    }

    private static func at(_ seconds: Int) -> ManualClock.Instant { ManualClock.Instant(offset: .seconds(seconds)) }

    @Test("another's lease runs out by not changing here for its length, whatever its times say")
    func expiry() {
        var candidate = LeaseCandidate<ManualClock.Instant>(identity: "b", lease: Self.name, settings: LeaderElectionSettings())
        #expect(candidate.step(Self.lease("a", version: "1"), at: Self.at(100), now: Self.now) == .wait(holder: "a"))
        #expect(candidate.step(Self.lease("a", version: "1"), at: Self.at(114), now: Self.now + .seconds(9999)) == .wait(holder: "a"))
        // Renewed in between: the wait begins anew.
        #expect(candidate.step(Self.lease("a", version: "2"), at: Self.at(115), now: Self.now) == .wait(holder: "a"))
        #expect(candidate.step(Self.lease("a", version: "2"), at: Self.at(129), now: Self.now) == .wait(holder: "a"))
        guard case .update(let taken) = candidate.step(Self.lease("a", version: "2"), at: Self.at(130), now: Self.now) else {
            Issue.record("it has run out")
            return
        }
        #expect(taken.spec["holderIdentity"] == "b" && taken.spec["leaseTransitions"] == 4 && taken.resourceVersion == "2")
        #expect(taken.spec["acquireTime"]?.string == Self.now.microText)
    }

    @Test("a lease given back is free at once, a missing one is made, one's own is renewed as it stands")
    func steps() {
        var candidate = LeaseCandidate<ManualClock.Instant>(
            identity: "b", lease: Self.name, settings: LeaderElectionSettings(), annotations: ["updraft.dev/decisions": "https://127.0.0.1:1"])
        guard case .create(let new) = candidate.step(nil, at: Self.at(0), now: Self.now),
            case .update = candidate.step(Self.lease("", version: "1"), at: Self.at(0), now: Self.now),
            case .update(let own) = candidate.step(Self.lease("b", version: "1"), at: Self.at(0), now: Self.now)
        else {
            Issue.record("neither made nor taken")
            return
        }
        #expect(new.spec["leaseDurationSeconds"] == 15 && new.spec["leaseTransitions"] == 0)
        #expect(own.spec["leaseTransitions"] == 3 && own.spec["acquireTime"] == "2026-01-01T00:00:00.000000Z")
        #expect(own.annotations["updraft.dev/decisions"] == "https://127.0.0.1:1")
        #expect(candidate.released(Self.lease("a", version: "1"), now: Self.now) == nil, "not ours to give")
        #expect(candidate.released(Self.lease("b", version: "1"), now: Self.now)?.spec["holderIdentity"] == "")
    }

    @Test("settings by which there could be two leaders are told")
    func settings() {
        var settings = LeaderElectionSettings()
        #expect(settings.problem == nil)
        settings.renewDeadline = .seconds(15)
        #expect(settings.problem?.contains("--leader-elect-lease-duration") == true)
        settings.renewDeadline = .seconds(2)
        #expect(settings.problem?.contains("--leader-elect-renew-deadline") == true)
    }

    // MARK: The loop

    /// A server with one Lease, that can be made to fail or to be silent.
    private final class LeaseServer: Transport {
        struct State {
            var lease: KubeObject?
            var version = 0
            var failsFor: Set<String> = []
            var isSilentFor: Set<String> = []
        }
        let state = Mutex(State())

        var holder: String { state.withLock { $0.lease?.spec["holderIdentity"]?.string ?? "" } }

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            let agent = request.headers["user-agent"] ?? ""
            if state.withLock({ $0.isSilentFor.contains(agent) }) { try await Task.sleep(for: .seconds(3600)) }
            return try state.withLock { state in
                if state.failsFor.contains(agent) { throw ClientError("no route to the server") }
                if request.method == "GET" {
                    guard let lease = state.lease else {
                        return .json(404, APIError.notFound(GroupResource(group: "", resource: "leases"), "autoscaler").status)
                    }
                    return .json(200, .object(lease.json))
                }
                var sent = KubeObject(try JSONValue.parse(request.body).object ?? [:])
                guard request.method == "POST" ? state.lease == nil : sent.resourceVersion == state.lease?.resourceVersion else {
                    return .json(409, APIError.conflict(GroupResource(group: "", resource: "leases"), "autoscaler", "changed").status)
                }
                state.version += 1
                sent.resourceVersion = "\(state.version)"
                state.lease = sent
                return .json(200, .object(sent.json))
            }
        }
    }

    /// Who leads, and since how many beginnings.
    private final class Leaders: Sendable {
        private let state = Mutex<(leading: Set<String>, most: Int, begun: [String])>(([], 0, []))
        var leading: Set<String> { state.withLock { $0.leading } }
        var most: Int { state.withLock { $0.most } }

        func lead(_ name: String) async throws {
            state.withLock { state in
                state.leading.insert(name)
                state.most = max(state.most, state.leading.count)
            }
            defer { state.withLock { _ = $0.leading.remove(name) } }
            try await Task.sleep(for: .seconds(3600))
        }
    }

    private static func elector(_ name: String, _ server: LeaseServer, _ clock: ManualClock) -> LeaderElector<ManualClock> {
        LeaderElector(
            client: KubeClient(transport: server, userAgent: name), lease: Self.name, identity: name, clock: clock,
            now: { Self.now + clock.now.offset },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Lets time pass in steps of a tenth of a second until `condition` holds, at most `seconds` of it. On a `SerialTaskExecutor`.
    private static func pass(_ clock: ManualClock, seconds: Int, until condition: () -> Bool) async -> Bool {
        for _ in 0..<(10 * seconds) {
            for _ in 0..<50 { await Task.yield() }
            if condition() { return true }
            clock.advance(by: .milliseconds(100))
        }
        for _ in 0..<50 { await Task.yield() }
        return condition()
    }

    @Test("one leads at a time; one that is cut off stops before the other begins")
    func takeover() async throws {
        try await withTaskExecutorPreference(SerialTaskExecutor()) { try await takeOver() }
    }

    private func takeOver() async throws {
        let (server, clock, leaders) = (LeaseServer(), ManualClock(), Leaders())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in ["a", "b"] {
                group.addTask {
                    do { try await Self.elector(name, server, clock).run { try await leaders.lead(name) } } catch is CancellationError {}
                }
            }
            #expect(await Self.pass(clock, seconds: 10) { leaders.leading.count == 1 })
            let first = try #require(leaders.leading.first)
            let second = first == "a" ? "b" : "a"
            #expect(await Self.pass(clock, seconds: 60) { leaders.leading != [first] } == false, "it renews its lease")
            server.state.withLock { _ = $0.failsFor.insert(first) }
            #expect(await Self.pass(clock, seconds: 13) { leaders.leading.isEmpty }, "it gives up within the renew deadline")
            #expect(await Self.pass(clock, seconds: 25) { leaders.leading == [second] })
            #expect(server.state.withLock { $0.lease?.spec["leaseTransitions"]?.int } == 1)
            server.state.withLock { $0.failsFor = [] }
            #expect(await Self.pass(clock, seconds: 30) { leaders.leading != [second] } == false, "the first waits now")
            #expect(leaders.most == 1)
            group.cancelAll()
        }
        #expect(server.holder.isEmpty, "given back at the end")
    }

    @Test("a server that answers nothing is given up on at the deadline")
    func silence() async throws {
        await withTaskExecutorPreference(SerialTaskExecutor()) { await fallSilent() }
    }

    private func fallSilent() async {
        let (server, clock, leaders) = (LeaseServer(), ManualClock(), Leaders())
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Self.elector("a", server, clock).run { try await leaders.lead("a") } }
            #expect(await Self.pass(clock, seconds: 10) { leaders.leading == ["a"] })
            server.state.withLock { _ = $0.isSilentFor.insert("a") }
            #expect(await Self.pass(clock, seconds: 13) { leaders.leading.isEmpty })
            server.state.withLock { $0.isSilentFor = [] }
            group.cancelAll()
        }
    }
}
