// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema

/// Of which time a list or a watch is to be, and in what pieces.
///
/// - Source: k8s.io/apimachinery pkg/apis/meta/internalversion/validation; `ValidateListOptions`, `GetList` in k8s.io/apiserver pkg/storage
struct ListOptions: Sendable {
    /// nil stands for the present.
    var revision: Int64?
    var match: Match?
    /// At most so many at once; 0 stands for all.
    var limit = 0
    var continuation: ContinueToken?
    /// Of a watch: whether it begins with what there is; nil where that is left to the revision.
    var sendsInitialEvents: Bool?
    var allowsBookmarks = false

    enum Match: String, Sendable, Hashable {
        case exact = "Exact"
        case notOlderThan = "NotOlderThan"
    }

    private static let kind = GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "ListOptions")

    /// - Throws: 422 for options that exclude one another, 400 for those that cannot be read.
    init(list query: Query) throws(APIError) {
        try self.init(query)
        var errors = FieldErrors()
        if let text = query.given("resourceVersionMatch") {
            if revision == nil { errors.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided") }
            if continuation != nil { errors.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided") }
            if match == nil { errors.unsupported("resourceVersionMatch", .string(text), supported: ["Exact", "NotOlderThan", ""]) }
            if match == .exact, revision == 0 {
                errors.forbidden("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")
            }
        }
        if sendsInitialEvents != nil { errors.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list") }
        guard errors.causes.isEmpty else { throw .invalid(Self.kind, "", errors.causes) }
        if continuation != nil, let revision, revision > 0 {
            throw .badRequest("specifying resource version is not allowed when using continue")
        }
    }

    init(watch query: Query) throws(APIError) {
        try self.init(query)
        var errors = FieldErrors()
        let text = query.given("resourceVersionMatch")
        if sendsInitialEvents != nil, match != .notOlderThan {
            errors.forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
        }
        if let text {
            if sendsInitialEvents == nil {
                errors.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
            }
            if match != .notOlderThan { errors.unsupported("resourceVersionMatch", .string(text), supported: ["NotOlderThan"]) }
            if continuation != nil { errors.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided") }
        }
        guard errors.causes.isEmpty else { throw .invalid(Self.kind, "", errors.causes) }
    }

    private init(_ query: Query) throws(APIError) {
        revision = try Self.revision(query)
        match = query.given("resourceVersionMatch").flatMap(Match.init)
        if let text = query.given("limit") {
            guard let limit = Int(text) else { throw .badRequest("limit: \(JSONValue.string(text).encodedText) is no number") }
            self.limit = max(limit, 0)
        }
        continuation = try query.given("continue").map { text throws(APIError) in try ContinueToken(text) }
        sendsInitialEvents = query.given("sendInitialEvents").map { $0 == "true" || $0 == "1" }
        allowsBookmarks = query.flag("allowWatchBookmarks")
    }

    private static func revision(_ query: Query) throws(APIError) -> Int64? {
        guard let text = query.given("resourceVersion") else { return nil }
        guard let revision = Int64(text), revision >= 0 else {
            var errors = FieldErrors()
            errors.invalid("resourceVersion", .string(text), "strconv.ParseUint: parsing \(JSONValue.string(text).encodedText): invalid syntax")
            throw .invalid(kind, "", errors.causes)
        }
        return revision
    }
}

extension Query {
    /// A parameter that is there and not empty.
    fileprivate func given(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }
}
