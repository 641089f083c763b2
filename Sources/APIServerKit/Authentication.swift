// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1

/// Finds out who sent a request.
package protocol Authenticator: Sendable {
    /// Called on the connection's event loop, so it must not wait: what has to returns `.deferred`.
    func authenticate(_ request: AuthenticationRequest) -> AuthenticationAnswer

    /// The authorities whose client certificates this authenticator reads. The server verifies a presented chain against each
    /// during the handshake, and names them to clients that ask which certificate to send.
    var clientTrust: [ClientTrust] { get }
}

extension Authenticator {
    package var clientTrust: [ClientTrust] { [] }
}

/// What an authenticator may look at.
package struct AuthenticationRequest: Sendable {
    package var headers: HTTPHeaders
    package var connection: PeerConnection
    package var now: Timestamp

    package init(headers: HTTPHeaders, connection: PeerConnection, now: Timestamp) {
        self.headers = headers
        self.connection = connection
        self.now = now
    }
}

package enum AuthenticationOutcome: Sendable, Hashable {
    /// Those headers served to authenticate and are taken off before anyone else sees the request.
    case authenticated(UserInfo, consumedHeaders: [String] = [])
    /// Nothing here that this authenticator reads; another may.
    case noOpinion
    /// Credentials were given and are wrong; 401 unless another authenticator accepts others. The text is for the log only.
    case failure(String)
}

package enum AuthenticationAnswer: Sendable {
    case ready(AuthenticationOutcome)
    case deferred(@Sendable () async -> AuthenticationOutcome)
}

/// Asks each in turn: the first success counts; failing that, any failure refuses; with no opinion at all there is none.
/// - Source: k8s.io/apiserver pkg/authentication/request/union
package struct UnionAuthenticator: Authenticator {
    private let members: [any Authenticator]

    package init(_ members: [any Authenticator]) { self.members = members }

    package var clientTrust: [ClientTrust] { members.flatMap(\.clientTrust) }

    package func authenticate(_ request: AuthenticationRequest) -> AuthenticationAnswer {
        var failures: [String] = []
        for (index, member) in members.enumerated() {
            switch member.authenticate(request) {
            case .ready(.authenticated(let user, let consumed)): return .ready(.authenticated(user, consumedHeaders: consumed))
            case .ready(.noOpinion): continue
            case .ready(.failure(let reason)): failures.append(reason)
            case .deferred(let first):
                let (rest, earlier) = (members[(index + 1)...], failures)
                return .deferred { await Self.resolve(first, then: rest, request, failures: earlier) }
            }
        }
        return .ready(Self.conclude(failures))
    }

    private static func resolve(
        _ first: @Sendable () async -> AuthenticationOutcome, then rest: ArraySlice<any Authenticator>, _ request: AuthenticationRequest,
        failures: [String]
    ) async -> AuthenticationOutcome {
        var failures = failures
        var outcome = await first()
        var rest = rest
        while true {
            switch outcome {
            case .authenticated: return outcome
            case .failure(let reason): failures.append(reason)
            case .noOpinion: break
            }
            guard let next = rest.popFirst() else { return conclude(failures) }
            switch next.authenticate(request) {
            case .ready(let ready): outcome = ready
            case .deferred(let wait): outcome = await wait()
            }
        }
    }

    private static func conclude(_ failures: [String]) -> AuthenticationOutcome {
        failures.isEmpty ? .noOpinion : .failure(failures.joined(separator: "; "))
    }
}

extension UserInfo {
    /// With `system:authenticated`, which every authenticated user belongs to, unless the groups already say which side it is on.
    /// - Source: AuthenticatedGroupAdder, k8s.io/apiserver pkg/authentication/group
    package var withAuthenticatedGroup: UserInfo {
        guard name != Self.anonymous.name, !groups.contains(Self.authenticatedGroup), !groups.contains(Self.unauthenticatedGroup) else { return self }
        var user = self
        user.groups.append(Self.authenticatedGroup)
        return user
    }

    package static let unauthenticatedGroup = "system:unauthenticated"
}

extension HTTPHeaders {
    /// nil where there is none: no header, or one of another scheme.
    package var bearerToken: String? {
        guard let header = first(name: "authorization") else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let token = parts[1].drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }
}
