// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubePKI
import KubeStore
import NIOHTTP1

/// Service accounts by their tokens, for as long as the account, and the pod that a token is bound to, are there.
///
/// - Source: kubernetes pkg/serviceaccount/{jwt,claims}.go
struct TokenAuthenticator: Authenticator {
    let tokens: ServiceAccountTokens
    let settings: TokenSettings
    let store: ResourceStore

    /// Why a token does not count; for the log and for TokenReviews, and without the token.
    struct Refusal: Error, Sendable, CustomStringConvertible {
        var description: String
    }

    func authenticate(_ request: AuthenticationRequest) -> AuthenticationAnswer {
        guard let token = request.headers.bearerToken else { return .ready(.noOpinion) }
        do throws(Refusal) {
            return .ready(.authenticated(try user(of: token, audiences: settings.audiences, at: request.now).user))
        } catch {
            return .ready(.failure("bearer token: \(error.description)"))
        }
    }

    /// - Parameter audiences: One of which the token must be for.
    /// - Returns: Whose token it is, and which of the audiences it is for.
    func user(of token: String, audiences: [String], at now: Timestamp) throws(Refusal) -> (user: UserInfo, audiences: [String]) {
        let claims: ServiceAccountClaims
        do { claims = try tokens.verify(token) } catch { throw Refusal(description: "invalid bearer token: \(error)") }
        guard claims.issuer == settings.issuer else { throw Refusal(description: "invalid bearer token: it was issued by \"\(claims.issuer)\"") }
        guard now.seconds < claims.expiry else { throw Refusal(description: "invalid bearer token, service account token has expired") }
        guard now.seconds >= claims.notBefore else { throw Refusal(description: "invalid bearer token, service account token is not valid yet") }
        let common = audiences.filter { claims.audiences.contains($0) }
        guard !common.isEmpty else {
            throw Refusal(description: "invalid bearer token, token audiences \(claims.audiences) is invalid for the target audiences \(audiences)")
        }
        try check(.serviceAccounts, claims.namespace, claims.account, "service account")
        if let pod = claims.pod { try check(.pods, claims.namespace, pod, "pod") }
        if let secret = claims.secret { try check(.secrets, claims.namespace, secret, "secret") }
        return (user(claims), common)
    }

    private func check(
        _ resource: GroupVersionResource, _ namespace: String, _ reference: ServiceAccountClaims.Reference, _ what: String
    ) throws(Refusal) {
        guard let definition = store.registry.definition(resource),
            let object = store.objects.get(definition.key(namespace: namespace, name: reference.name)), object.uid == reference.uid
        else { throw Refusal(description: "invalid bearer token: the \(what) \(namespace)/\(reference.name) that it is for is not there (any more)") }
        if resource == .serviceAccounts, object.isBeingDeleted {
            throw Refusal(description: "service account \(namespace)/\(reference.name) has been deleted")
        }
    }

    private func user(_ claims: ServiceAccountClaims) -> UserInfo {
        var extra = ["authentication.kubernetes.io/credential-id": ["JTI=\(claims.identifier)"]]
        if let pod = claims.pod {
            extra["authentication.kubernetes.io/pod-name"] = [pod.name]
            extra["authentication.kubernetes.io/pod-uid"] = [pod.uid]
        }
        if let node = claims.node {
            extra["authentication.kubernetes.io/node-name"] = [node.name]
            extra["authentication.kubernetes.io/node-uid"] = [node.uid]
        }
        return UserInfo(
            name: claims.userName, uid: claims.account.uid, groups: UserInfo.serviceAccountGroups(namespace: claims.namespace),
            extra: extra)
    }
}

/// `--service-account-issuer` and `--api-audiences`.
struct TokenSettings: Sendable, Hashable {
    var issuer = "https://kubernetes.default.svc.cluster.local"
    /// What a token must be for to count here.
    var audiences = ["https://kubernetes.default.svc.cluster.local"]
}
