// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1

extension RequestInfo {
    /// Reads a request's method, decoded path and query as kube-apiserver does.
    ///
    /// `/api/VERSION/…` and `/apis/GROUP/VERSION/…` with a resource are resource requests, all else is a path. A `get` without
    /// a name is a `list` or, with `watch` set, a `watch`; a `delete` without a name is a `deletecollection`. A list whose field
    /// selector demands one `metadata.name` counts as naming that object, so that authorization by name covers it.
    /// - Source: `RequestInfoFactory.NewRequestInfo`, k8s.io/apiserver pkg/endpoints/request/requestinfo.go
    package init(method: HTTPMethod, path: String, query: Query) throws(APIError) {
        self.init(isResourceRequest: false, verb: method.rawValue.lowercased(), path: path)
        var parts = Self.split(path)
        guard parts.count >= 3, parts[0] == "api" || parts[0] == "apis" else { return }
        let isGroupless = parts.removeFirst() == "api"
        if !isGroupless {
            guard parts.count >= 3 else { return }
            group = String(parts.removeFirst())
        }
        isResourceRequest = true
        version = String(parts.removeFirst())
        verb = Self.verb(of: method)
        if parts.first == "watch" || parts.first == "proxy" {
            guard parts.count >= 2 else { throw .badRequest("unable to determine kind and namespace from url, \(path)") }
            verb = String(parts.removeFirst())
        }
        readPlace(parts)
        readCollectionVerb(query)
    }

    private mutating func readPlace(_ all: ArraySlice<Substring>) {
        var parts = all
        if let first = parts.first, first == "namespaces", parts.count > 1 {
            let second = parts.index(after: parts.startIndex)
            namespace = String(parts[second])
            // `status` and `finalize` are subresources of the namespace itself.
            if parts.count > 2, !["status", "finalize"].contains(parts[parts.index(after: second)]) { parts = parts.dropFirst(2) }
        }
        let places = Array(parts.prefix(3))
        if places.count >= 3, verb != "proxy" { subresource = String(places[2]) }
        if places.count >= 2 { name = String(places[1]) }
        if let resource = places.first { self.resource = String(resource) }
    }

    private mutating func readCollectionVerb(_ query: Query) {
        guard name.isEmpty else { return }
        switch verb {
        case "get":
            verb = query.flag("watch") ? "watch" : "list"
            if let selected = query["fieldSelector"].flatMap(Self.selectedName) { name = selected }
        case "delete": verb = "deletecollection"
        default: break
        }
    }

    private static func verb(of method: HTTPMethod) -> String {
        switch method {
        case .POST: "create"
        case .GET, .HEAD: "get"
        case .PUT: "update"
        case .PATCH: "patch"
        case .DELETE: "delete"
        default: ""
        }
    }

    private static func split(_ path: String) -> ArraySlice<Substring> {
        var trimmed = Substring(path)
        while trimmed.utf8.first == UInt8(ascii: "/") { trimmed.removeFirst() }
        while trimmed.utf8.last == UInt8(ascii: "/") { trimmed.removeLast() }
        return trimmed.isEmpty ? [] : trimmed.split(separator: "/", omittingEmptySubsequences: false)[...]
    }

    /// The name that `metadata.name=NAME` demands, where it may stand in a path.
    private static func selectedName(_ selector: String) -> String? {
        for requirement in selector.split(separator: ",") {
            let halves = requirement.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, halves[0].trimmedSpaces == "metadata.name" else { continue }
            let name = halves[1].drop { $0 == "=" }.trimmedSpaces
            guard !name.isEmpty, name != ".", name != "..", !name.contains("/"), !name.contains("%"), !name.contains("\\") else { return nil }
            return String(name)
        }
        return nil
    }
}
