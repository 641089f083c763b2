// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import DelegatedAccess
import KubeClient
import KubeModel
import KubePKI
import Logging
import NIOHTTP1
import ScalingRules
import ServiceLifecycle
import Telemetry

/// What the controller tells of itself: health, its own metrics, and why it decided as it did.
///
///     GET /healthz /livez /readyz              open to all
///     GET /metrics                             Prometheus text
///     GET /decisions                           one line an autoscaler, as JSON
///     GET /decisions/NAMESPACE/NAME            the newest decision laid open
///
/// Beyond health, who asks must prove who it is, and be allowed the path by the API server's word (`nonResourceURLs`).
package final class AutoscalerServer: Service {
    private let server: APIServer
    private let authentication: DelegatedAuthentication

    package struct Configuration: Sendable {
        package var address: APIServerConfiguration.ListenAddress
        package var servingCredential: Credential
        package var authentication = DelegatedAuthenticationOptions()

        package init(address: APIServerConfiguration.ListenAddress, servingCredential: Credential) {
            self.address = address
            self.servingCredential = servingCredential
        }
    }

    /// - Parameters:
    ///   - client: May read the ConfigMap of the authorities to believe, and ask for access reviews.
    ///   - decisions: What is told at `/decisions`.
    package init(
        _ configuration: Configuration, client: KubeClient, decisions: DecisionRecord, registry: MetricsRegistry,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) throws {
        authentication = try DelegatedAuthentication(configuration.authentication, client: client, now: now(), logger: logger)
        let start = ContinuousClock.now
        let health = HealthEndpoints()
        server = try APIServer(
            configuration: APIServerConfiguration(addresses: [configuration.address], servingCredential: configuration.servingCredential),
            handler: Handler(decisions: decisions, registry: registry, health: health), authenticator: authentication,
            authorizer: DelegatedAuthorizer(client: client, uptime: { ContinuousClock.now - start }, logger: logger), logger: logger, now: now)
    }

    /// Binds the address, so that a port taken shows before anything runs.
    @discardableResult
    package func start() async throws -> [APIServerConfiguration.ListenAddress] { try await server.start() }

    package func run() async throws {
        try await server.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.server.run() }
            group.addTask { try await self.authentication.run() }
            try await group.waitForAll()
        }
    }

    private struct Handler: APIHandler {
        let decisions: DecisionRecord
        let registry: MetricsRegistry
        let health: HealthEndpoints

        func handle(_ request: APIRequest) throws -> APIAnswer {
            if let answer = health.answer(request.path, request.query) { return .ready(answer) }
            guard request.method == .GET || request.method == .HEAD else { throw APIError.methodNotAllowedOnPath }
            switch request.path.split(separator: "/").map(String.init) {
            case ["metrics"]:
                return .ready(APIResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: registry.exposition))
            case ["decisions"]: return .ready(json(["items": .array(decisions.summary)]))
            case let parts where parts.count == 3 && parts[0] == "decisions":
                guard let explanation = decisions.explanation(NamespacedName(namespace: parts[1], name: parts[2])) else {
                    throw APIError.notFound(GroupResource(group: "autoscaling", resource: "horizontalpodautoscalers"), parts[2])
                }
                return .ready(json(explanation.json))
            default: throw APIError.noSuchPath
            }
        }

        private func json(_ value: JSONValue) -> APIResponse { APIResponse(contentType: "application/json", body: value.encoded) }
    }
}
