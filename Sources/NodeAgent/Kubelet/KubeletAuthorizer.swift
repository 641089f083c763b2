// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import DelegatedAccess

/// Who may ask a node what, by the API server's word: a path stands for a subresource of the node.
///
/// - Source: kubernetes pkg/kubelet/server/auth.go
struct KubeletAuthorizer: Authorizer {
    let node: String
    /// Users that are not asked about: the API server itself.
    let trustedUsers: Set<String>
    let reviews: DelegatedAuthorizer

    func authorize(_ user: UserInfo, _ info: RequestInfo, _ query: Query) -> AuthorizationAnswer {
        if trustedUsers.contains(user.name) { return .ready(.allowed) }
        return reviews.authorize(user, attributes(info), Query())
    }

    private func attributes(_ info: RequestInfo) -> RequestInfo {
        let subresource =
            switch info.path.split(separator: "/").first {
            case "metrics": "metrics"
            case "stats": "stats"
            case "logs": "log"
            case "checkpoint": "checkpoint"
            default: "proxy"
            }
        // Of a path the verb is the method; of a resource it is what the method does.
        let verb = ["post": "create", "put": "update"][info.verb] ?? info.verb
        return RequestInfo(
            isResourceRequest: true, verb: verb, path: info.path, version: "v1", resource: "nodes", subresource: subresource, name: node)
    }
}
