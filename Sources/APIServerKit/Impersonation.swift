// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1

/// Whom a request wants to be answered as, and what its sender must be allowed for it: `kubectl --as`.
///
/// - Source: `WithImpersonation`, k8s.io/apiserver pkg/endpoints/filters/impersonation.go
struct Impersonation: Sendable, Hashable {
    var user: UserInfo
    /// All of which the authorizer must allow.
    var questions: [RequestInfo]

    private static let prefix = "impersonate-"
    private static let extraPrefix = "impersonate-extra-"
    private static let accountPrefix = "system:serviceaccount:"

    /// On every header of every request, so that it makes no text of those that begin with another letter.
    static func isHeader(_ name: String) -> Bool {
        guard let first = name.utf8.first, first == UInt8(ascii: "I") || first == UInt8(ascii: "i") else { return false }
        return name.lowercased().hasPrefix(prefix)
    }

    /// nil where the request asks for none.
    /// - Throws: 400 for headers that name no user.
    init?(_ headers: HTTPHeaders) throws(APIError) {
        guard headers.contains(where: { Self.isHeader($0.name) }) else { return nil }
        let name = headers.first(name: "impersonate-user") ?? ""
        let uid = headers.first(name: "impersonate-uid") ?? ""
        let groups = headers["impersonate-group"].filter { !$0.isEmpty }
        guard !name.isEmpty else { throw .badRequest("requested \(groups) without impersonating a user") }
        user = UserInfo(name: name, uid: uid, groups: groups)
        let account = Self.account(name)
        questions = [
            account.map { Self.question("serviceaccounts", name: $0.name, namespace: $0.namespace) } ?? Self.question("users", name: name)
        ]
        questions += groups.map { Self.question("groups", name: $0) }
        if !uid.isEmpty { questions.append(Self.question("uids", name: uid, group: "authentication.k8s.io")) }
        for (header, value) in headers where header.lowercased().hasPrefix(Self.extraPrefix) {
            let text = header.lowercased().dropFirst(Self.extraPrefix.count)
            let key = PercentEncoding.decode(text) ?? String(text)
            user.extra[key, default: []].append(value)
            questions.append(Self.question("userextras", name: value, group: "authentication.k8s.io", subresource: key))
        }
        if let account, groups.isEmpty { user.groups = UserInfo.serviceAccountGroups(namespace: account.namespace) }
        if name == UserInfo.anonymous.name {
            if !user.groups.contains(UserInfo.unauthenticatedGroup) { user.groups.append(UserInfo.unauthenticatedGroup) }
        } else {
            user = user.withAuthenticatedGroup
        }
    }

    private static func account(_ user: String) -> NamespacedName? {
        guard user.hasPrefix(accountPrefix) else { return nil }
        let parts = user.dropFirst(accountPrefix.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        return NamespacedName(namespace: String(parts[0]), name: String(parts[1]))
    }

    private static func question(
        _ resource: String, name: String, namespace: String = "", group: String = "", subresource: String = ""
    ) -> RequestInfo {
        RequestInfo(
            isResourceRequest: true, verb: "impersonate", path: "", group: group, version: group.isEmpty ? "" : "v1", namespace: namespace,
            resource: resource, subresource: subresource, name: name)
    }
}
