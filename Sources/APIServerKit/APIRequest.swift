// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1

/// One request that has been read whole, authenticated and authorized.
package struct APIRequest: Sendable {
    package var method: HTTPMethod
    /// Percent-decoded, without the query.
    package var path: String
    /// As sent, with the query; a proxy passes it on.
    package var uri: String
    package var query: Query
    package var headers: HTTPHeaders
    package var body: [UInt8]
    package var info: RequestInfo
    package var user: UserInfo
    /// `Audit-Id`: the client's, or one made for it.
    package var auditID: String
    /// Where the connection came from, for `X-Forwarded-For`.
    package var remoteAddress: String

    package init(
        method: HTTPMethod, path: String, uri: String, query: Query, headers: HTTPHeaders, body: [UInt8], info: RequestInfo, user: UserInfo,
        auditID: String, remoteAddress: String
    ) {
        self.method = method
        self.path = path
        self.uri = uri
        self.query = query
        self.headers = headers
        self.body = body
        self.info = info
        self.user = user
        self.auditID = auditID
        self.remoteAddress = remoteAddress
    }
}

/// The decoded parameters of a query string, in order.
package struct Query: Sendable, Hashable {
    package var items: [(name: String, value: String)]

    package init(_ items: [(name: String, value: String)] = []) { self.items = items }

    package subscript(_ name: String) -> String? { items.first { $0.name == name }?.value }
    package func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    /// `true`, `1`, `t` and their kin, as Go reads a Boolean; a parameter without value counts as true.
    package func flag(_ name: String) -> Bool {
        guard let value = self[name] else { return false }
        return ["", "1", "t", "T", "true", "TRUE", "True"].contains(value)
    }

    package static func == (left: Self, right: Self) -> Bool { left.items.elementsEqual(right.items, by: ==) }
    package func hash(into hasher: inout Hasher) { for item in items { hasher.combine(item.name); hasher.combine(item.value) } }
}

/// Who sent a request.
package struct UserInfo: Sendable, Hashable {
    package var name: String
    package var uid: String
    package var groups: [String]
    package var extra: [String: [String]]

    package init(name: String, uid: String = "", groups: [String] = [], extra: [String: [String]] = [:]) {
        self.name = name
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    package static let anonymous = UserInfo(name: "system:anonymous", groups: ["system:unauthenticated"])
    package static let authenticatedGroup = "system:authenticated"
    package static let mastersGroup = "system:masters"

    /// The groups that every service account of a namespace belongs to.
    package static func serviceAccountGroups(namespace: String) -> [String] { ["system:serviceaccounts", "system:serviceaccounts:\(namespace)"] }
}

/// What a path and method ask for, in Kubernetes' terms.
///
/// `/apis/apps/v1/namespaces/shop/deployments/web/scale` is resource `deployments`, subresource `scale`, of `web` in `shop`.
/// - Source: `RequestInfoFactory.NewRequestInfo`, k8s.io/apiserver pkg/endpoints/request/requestinfo.go
package struct RequestInfo: Sendable, Hashable {
    package var isResourceRequest: Bool
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for other paths the method in lower case.
    package var verb: String
    package var path: String
    package var group: String
    package var version: String
    package var namespace: String
    package var resource: String
    package var subresource: String
    package var name: String

    package init(
        isResourceRequest: Bool, verb: String, path: String, group: String = "", version: String = "", namespace: String = "", resource: String = "",
        subresource: String = "", name: String = ""
    ) {
        self.isResourceRequest = isResourceRequest
        self.verb = verb
        self.path = path
        self.group = group
        self.version = version
        self.namespace = namespace
        self.resource = resource
        self.subresource = subresource
        self.name = name
    }

    package var groupResource: GroupResource { GroupResource(group: group, resource: resource) }
    package var groupVersionResource: GroupVersionResource { GroupVersionResource(group: group, version: version, resource: resource) }
}
