// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Decides whether a user may do what a request asks.
package protocol Authorizer: Sendable {
    /// Called on the connection's event loop, so it must not wait: what has to returns `.deferred`.
    func authorize(_ user: UserInfo, _ info: RequestInfo, _ query: Query) -> AuthorizationAnswer
}

package enum AuthorizationAnswer: Sendable {
    case ready(AuthorizationDecision)
    /// An error thrown becomes a 500: who cannot be asked about is not let in.
    case deferred(@Sendable () async throws -> AuthorizationDecision)
}

package struct AuthorizationDecision: Sendable, Hashable {
    package var isAllowed: Bool
    /// Shown to the user after the message of a refusal; empty says nothing.
    package var reason: String

    package init(isAllowed: Bool, reason: String = "") {
        self.isAllowed = isAllowed
        self.reason = reason
    }

    package static let allowed = AuthorizationDecision(isAllowed: true)
    package static let refused = AuthorizationDecision(isAllowed: false)
}

/// Lets everyone do everything; for plain health and metrics ports, and tests.
package struct AlwaysAllow: Authorizer {
    package init() {}
    package func authorize(_ user: UserInfo, _ info: RequestInfo, _ query: Query) -> AuthorizationAnswer { .ready(.allowed) }
}

extension APIError {
    /// `pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "shop"`.
    /// - Source: k8s.io/apiserver pkg/endpoints/handlers/responsewriters (Forbidden, forbiddenMessage)
    package static func forbidden(_ user: UserInfo, _ info: RequestInfo, reason: String = "") -> APIError {
        let suffix = reason.isEmpty ? "" : ": \(reason)"
        guard info.isResourceRequest else {
            return APIError(
                code: 403, reason: .forbidden, message: "forbidden: User \(quoted(user.name)) cannot \(info.verb) path \(quoted(info.path))\(suffix)",
                details: Details())
        }
        let resource = info.subresource.isEmpty ? info.resource : "\(info.resource)/\(info.subresource)"
        let place = info.namespace.isEmpty ? "at the cluster scope" : "in the namespace \(quoted(info.namespace))"
        return .forbidden(
            info.groupResource, info.name,
            "User \(quoted(user.name)) cannot \(info.verb) resource \(quoted(resource)) in API group \(quoted(info.group)) \(place)\(suffix)")
    }

    /// As Go's `%q` quotes, for what occurs in names.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: quoted += "\\x" + hex(scalar.value)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func hex(_ value: UInt32) -> String {
        let text = String(value, radix: 16)
        return text.count < 2 ? "0" + text : text
    }
}
