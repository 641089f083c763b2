// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import KubePKI
import Synchronization
import TestKit
import Testing

@testable import MetricsAPI

@Suite("The keeper of the serving Secret")
struct ServingSecretKeeperTests {
    private static let settings = ServingSecretSettings(
        secret: NamespacedName(namespace: "kube-system", name: "tls"), service: NamespacedName(namespace: "kube-system", name: "ours"))
    private static let start = Timestamp(seconds: 1_800_000_000)

    private func keeper(
        _ api: SecretAPI, at time: Timestamp = Self.start, log: LogRecorder = LogRecorder()
    ) -> ServingSecretKeeper<ContinuousClock> {
        ServingSecretKeeper(
            settings: Self.settings, client: KubeClient(transport: api, userAgent: "test"), clock: ContinuousClock(), now: { time },
            logger: log.logger)
    }

    @Test("two replicas that start at once serve with one certificate, and each APIService of ours is told once")
    func together() async throws {
        let api = SecretAPI()
        // Both read the empty Secret before either writes.
        api.holdReads(2)
        let (first, second) = (keeper(api), keeper(api))
        async let one = first.acquire()
        async let other = second.acquire()
        let (a, b) = try await (one, other)
        #expect(a == b)
        #expect(api.writes("PUT") == 2, "one of which was refused")
        try await first.reconcile()
        try await second.reconcile()
        #expect(api.writes("PATCH") == 2, "v1beta1 and v1, by the first")
        let contents = try #require(try ServingSecretContents.read(api.object("secrets/tls")))
        #expect(api.object("apiservices/v1beta1.metrics.k8s.io").spec["caBundle"]?.string == contents.caBundle)
        #expect(api.object("apiservices/v1.metrics.k8s.io").spec["caBundle"]?.string == contents.caBundle)
    }

    @Test("a certificate that another replica renewed is served, without being written again")
    func follows() async throws {
        let api = SecretAPI()
        let follower = keeper(api)
        let first = try await follower.acquire()
        let served = Mutex<[Credential]>([])
        follower.onChange { credential in served.withLock { $0.append(credential) } }
        try await follower.reconcile()
        #expect(served.withLock { $0.isEmpty }, "what is served already is not served again")
        let renewed = try await keeper(api, at: Self.start + .days(300)).acquire()
        #expect(renewed != first)
        try await follower.reconcile()
        #expect(served.withLock { $0 } == [renewed])
        #expect(api.writes("PUT") == 2)
    }

    @Test("an APIService of somebody else is left alone and told of once, with its owner and the way there and back")
    func foreign() async throws {
        let api = SecretAPI()
        api.change("apiservices/v1beta1.metrics.k8s.io") { $0.set("metrics-server", at: "spec", "service", "name") }
        let log = LogRecorder()
        let keeper = keeper(api, log: log)
        _ = try await keeper.acquire()
        try await keeper.reconcile()
        try await keeper.reconcile()
        #expect(api.object("apiservices/v1beta1.metrics.k8s.io").spec["caBundle"] == nil)
        #expect(api.writes("PATCH") == 1, "v1 is ours")
        let warnings = log.text.split(separator: "\n").filter { $0.hasPrefix("warning") }
        #expect(warnings.count == 1, "\(log.text)")
        #expect(warnings.first?.contains("the Service kube-system/metrics-server") == true)
        #expect(warnings.first?.contains("takeOver=kubectl patch") == true && warnings.first?.contains("rollBack=kubectl patch") == true)
    }

    @Test("what changes is acted on by a watch")
    func watches() async throws {
        let api = SecretAPI()
        let keeper = keeper(api)
        _ = try await keeper.acquire()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await keeper.run() }
            try await api.wait { $0.object("apiservices/v1.metrics.k8s.io").spec["caBundle"] != nil }
            let bundle = api.object("apiservices/v1beta1.metrics.k8s.io").spec["caBundle"]
            api.change("apiservices/v1beta1.metrics.k8s.io") { $0.set("b3RoZXI=", at: "spec", "caBundle") }
            try await api.wait { $0.object("apiservices/v1beta1.metrics.k8s.io").spec["caBundle"] == bundle }
            group.cancelAll()
            try? await group.waitForAll()
        }
    }

    @Test("a Secret that is not there, or unreadable, is an error that names it and the fix")
    func errors() async throws {
        let api = SecretAPI()
        api.change("secrets/tls") { $0.set("YWJj", at: "data", "tls.crt") }
        let unreadable = await #expect(throws: ServingSecretError.self) { try await keeper(api).acquire() }
        #expect(unreadable?.message.contains("kubectl patch secret -n kube-system tls") == true, "\(unreadable?.message ?? "none")")
        api.remove("secrets/tls")
        let absent = await #expect(throws: ServingSecretError.self) { try await keeper(api).acquire(patience: .milliseconds(1)) }
        #expect(absent?.message.contains("kubectl create secret generic -n kube-system tls") == true, "\(absent?.message ?? "none")")
    }
}
