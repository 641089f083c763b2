// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeClient
import KubeModel
import KubePKI
import Logging
import NIOHTTP1
import Synchronization

/// Users by bearer token: asks the API server by TokenReview whose a token is, and keeps each answer a while, by the token's digest.
///
/// - Source: k8s.io/apiserver plugin/pkg/authenticator/token/webhook, pkg/authentication/token/cache
package final class TokenReviewAuthenticator: Authenticator {
    private static let reviews = GroupVersionResource(group: "authentication.k8s.io", version: "v1", resource: "tokenreviews")
    /// A token is a few kilobytes; more is nobody's.
    private static let longestToken = 64 * 1024

    private let client: KubeClient
    private let answers: AnswerCache<SecretDigest, AuthenticationOutcome>
    private let logger: Logger

    /// - Parameters:
    ///   - time: How long an answer counts; `--authentication-token-webhook-cache-ttl`.
    ///   - uptime: Time that only goes forward.
    package init(client: KubeClient, time: Duration = .seconds(10), uptime: @escaping @Sendable () -> Duration, logger: Logger) {
        self.client = client
        self.logger = logger
        answers = AnswerCache(uptime: uptime) { _ in time }
    }

    package func authenticate(_ request: AuthenticationRequest) -> AuthenticationAnswer {
        guard let token = request.headers.bearerToken else { return .ready(.noOpinion) }
        guard token.utf8.count <= Self.longestToken else { return .ready(.failure("bearer token: longer than \(Self.longestToken) bytes")) }
        let digest = SecretDigest(token)
        if let known = answers.known(digest) { return .ready(known) }
        return .deferred {
            do {
                return try await self.answers.answer(digest) { try await self.ask(token) }
            } catch {
                self.logger.error(
                    "cannot review a bearer token; its sender is told 401",
                    metadata: ["error": "\(error)", "fix": "the server's account needs the role system:auth-delegator"])
                return .failure("bearer token: it could not be reviewed")
            }
        }
    }

    private func ask(_ token: String) async throws -> AuthenticationOutcome {
        let review = KubeObject([
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "metadata": [:], "spec": ["token": .string(token)],
        ])
        let status = try await client.create(Self.reviews, review).status
        guard status["authenticated"]?.bool == true, let user = status["user"], let name = user["username"]?.string, !name.isEmpty else {
            return .failure("bearer token: \(status["error"]?.string ?? "it is nobody's")")
        }
        var extra: [String: [String]] = [:]
        for member in user["extra"]?.object ?? [:] { extra[member.key] = member.value.array?.compactMap(\.string) ?? [] }
        return .authenticated(
            UserInfo(name: name, uid: user["uid"]?.string ?? "", groups: user["groups"]?.array?.compactMap(\.string) ?? [], extra: extra))
    }
}
