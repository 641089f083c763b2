// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import KubePKI
import Logging
import ServiceLifecycle
import Synchronization

/// Keeps the serving certificate that all replicas share, in a Secret, and the APIServices' word on how to verify it.
///
/// Every replica runs one. Each write carries the version that was read, so that of two that write at once one is refused, reads again and
/// finds what the other made. It needs to get, list, watch and update this one Secret, and to get, list, watch and patch the APIServices named.
package final class ServingSecretKeeper<C: Clock & Sendable>: Service where C.Duration == Duration {
    private let settings: ServingSecretSettings
    private let client: KubeClient
    private let clock: C
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let reported = Mutex<Set<String>>([])
    private let state = Mutex(State())

    private struct State {
        var served: Credential?
        var serve: @Sendable (Credential) throws -> Void = { _ in }
    }

    package init(settings: ServingSecretSettings, client: KubeClient, clock: C, now: @escaping @Sendable () -> Timestamp, logger: Logger) {
        self.settings = settings
        self.client = client
        self.clock = clock
        self.now = now
        self.logger = logger
    }

    /// The credential to begin with, made if the Secret is empty.
    ///
    /// - Parameter patience: How long to try.
    /// - Throws: `ServingSecretError` naming the Secret and what is missing.
    package func acquire(patience: Duration = .seconds(20)) async throws -> Credential {
        let deadline = clock.now.advanced(by: patience)
        let backOff = BackOff(first: .milliseconds(100), limit: .seconds(2))
        var failures = 0
        while true {
            do {
                let credential = try await bringUpToDate().serving
                state.withLock { $0.served = credential }
                return credential
            } catch let error as PKIError {
                throw ServingSecretError(error, settings)
            } catch {
                failures += 1
                let delay = backOff.delay(afterFailures: failures)
                guard clock.now.advanced(by: delay) < deadline else { throw ServingSecretError(error, settings) }
                try await clock.sleep(for: delay)
            }
        }
    }

    /// Where another credential goes from now on.
    package func onChange(_ serve: @escaping @Sendable (Credential) throws -> Void) { state.withLock { $0.serve = serve } }

    /// Follows the Secret and the APIServices until cancelled.
    package func run() async throws {
        let queue = WorkQueue<NamespacedName, C>(clock: clock)
        let secrets = informer(.secrets, settings.secret)
        let apiServices =
            settings.patchesAPIServices ? settings.apiServices.map { informer(.apiServices, NamespacedName(namespace: "", name: $0)) } : []
        for informer in [secrets] + apiServices { informer.onChange { [secret = settings.secret] _, _ in queue.add(secret) } }
        queue.add(settings.secret)
        let controller = Controller(
            name: "serving-secret", reconciler: Reconciliation(keeper: self), queue: queue, workers: 1, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for informer in [secrets] + apiServices { group.addTask { try await informer.run() } }
            group.addTask { try await controller.run() }
            try await group.waitForAll()
        }
    }

    private func informer(_ resource: GroupVersionResource, _ name: NamespacedName) -> Informer {
        Informer(
            client: client, resource: resource, namespace: name.namespace.isEmpty ? nil : name.namespace, fieldSelector: "metadata.name=\(name.name)",
            clock: clock, logger: logger)
    }

    private struct Reconciliation: Reconciler {
        let keeper: ServingSecretKeeper

        func reconcile(_ key: NamespacedName) async throws -> Requeue {
            try await keeper.reconcile()
            return .after(.seconds(300))
        }
    }

    func reconcile() async throws {
        let contents = try await bringUpToDate()
        try serve(contents.serving)
        guard settings.patchesAPIServices else { return }
        if contents.authoritiesPEM.isEmpty {
            report("the Secret has no ca.crt, so no APIService is told what to verify by", ["secret": "\(settings.secret)"])
            return
        }
        for name in settings.apiServices { try await bringUpToDate(apiService: name, caBundle: contents.caBundle) }
    }

    private func serve(_ credential: Credential) throws {
        let (isNew, serve) = state.withLock { ($0.served != credential, $0.serve) }
        guard isNew else { return }
        try serve(credential)
        state.withLock { $0.served = credential }
        logger.info("serves with the Secret's new certificate", metadata: ["secret": "\(settings.secret)"])
    }

    /// The Secret's contents, after the step that is due.
    private func bringUpToDate() async throws -> ServingSecretContents {
        let secret = try await client.get(.secrets, namespace: settings.secret.namespace, name: settings.secret.name)
        let contents = try ServingSecretContents.read(secret)
        let time = now()
        let step = ServingSecretRules(dnsNames: settings.dnsNames).step(contents, now: time)
        guard let next = try step.carriedOut(contents, dnsNames: settings.dnsNames, place: "\(settings.secret)", now: time) else {
            // A step that keeps has contents to keep.
            guard let contents else { throw ServingSecretError(message: "the Secret \(settings.secret) is empty") }
            warnOfExpiry(contents, time)
            return contents
        }
        _ = try await client.update(.secrets, next.written(into: secret))
        logger.info(
            "wrote the serving Secret",
            metadata: ["secret": "\(settings.secret)", "step": "\(step)", "certificateExpires": "\(next.certificate.notAfter)"])
        return next
    }

    private func warnOfExpiry(_ contents: ServingSecretContents, _ now: Timestamp) {
        guard contents.authorityKeyPEM == nil, contents.certificate.notAfter - now < .days(7) else { return }
        report(
            "the serving certificate is about to expire, and is not ours to renew: the Secret has no ca.key",
            ["secret": "\(settings.secret)", "expires": "\(contents.certificate.notAfter)"])
    }

    private func bringUpToDate(apiService name: String, caBundle: String) async throws {
        let apiService: KubeObject
        do {
            apiService = try await client.get(.apiServices, name: name)
        } catch let error as APIError where error.reason == .notFound {
            return
        }
        let standing = APIServiceStanding(apiService, service: settings.service)
        if let patch = standing.patch(caBundle: caBundle, resourceVersion: apiService.resourceVersion) {
            try await client.patch(.apiServices, name: name, .merge(patch))
            logger.info("told the APIService what to verify us by", metadata: ["apiService": "\(name)"])
        }
        report(standing, name)
    }

    private func report(_ standing: APIServiceStanding, _ name: String) {
        switch standing {
        case .absent, .ours(_, skipsVerification: false): break
        case .ours(_, skipsVerification: true):
            report(
                "the APIService does not verify us: insecureSkipTLSVerify is set",
                [
                    "apiService": "\(name)",
                    "fix": "kubectl patch apiservice \(name) --type=merge -p '{\"spec\":{\"insecureSkipTLSVerify\":false}}'",
                ])
        case .foreign(let owner):
            report(
                "the APIService is somebody else's and is left alone",
                [
                    "apiService": "\(name)", "owner": "\(owner.description)", "takeOver": "\(owner.takeOverCommand(settings))",
                    "rollBack": "\(owner.rollBackCommand)",
                ])
        }
    }

    /// Once for each thing to tell.
    private func report(_ message: Logger.Message, _ metadata: Logger.Metadata) {
        let text = "\(message) \(metadata.sorted { $0.key < $1.key })"
        guard reported.withLock({ $0.insert(text).inserted }) else { return }
        logger.warning(message, metadata: metadata)
    }
}

/// Why there is no credential to serve with.
package struct ServingSecretError: Error, Sendable, CustomStringConvertible {
    /// Names the Secret and what to do.
    package var message: String
    package var description: String { message }

    init(message: String) { self.message = message }

    init(_ error: any Error, _ settings: ServingSecretSettings) {
        let secret = settings.secret
        switch error {
        case let error as APIError where error.reason == .notFound:
            message =
                "the Secret \(secret) of --serving-secret does not exist; make an empty one: "
                + "kubectl create secret generic -n \(secret.namespace) \(secret.name)"
        case let error as APIError where error.reason == .forbidden:
            message =
                "\(error.message); the service account needs get, list, watch and update on the Secret \(secret): see updraft manifests metrics-server"
        case let error as PKIError:
            message =
                "\(error.message); to have all made anew: "
                + "kubectl patch secret -n \(secret.namespace) \(secret.name) --type=merge -p '{\"data\":null}'"
        default: message = "the Secret \(secret) cannot be read or written: \(error)"
        }
    }
}
