// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema

/// How a deletion is to be done, as the body or the query of the request says.
struct DeleteOptions: Sendable, Hashable {
    enum Propagation: String, Sendable { case background = "Background", foreground = "Foreground", orphan = "Orphan" }

    /// Nil for the object's own.
    var gracePeriodSeconds: Int64?
    var propagation = Propagation.background
    /// The object must have this UID; empty for any.
    var uid = ""
    /// The object's last write must be this; empty for any.
    var resourceVersion = ""
    var isDryRun = false

    init() {}

    /// - Parameter body: `DeleteOptions`; null where the request had no body. What it says goes before the query.
    init(body: JSONValue, query: Query) throws(APIError) {
        gracePeriodSeconds = body["gracePeriodSeconds"]?.int ?? query["gracePeriodSeconds"].flatMap { Int64($0) }
        if let policy = body["propagationPolicy"]?.string ?? query["propagationPolicy"] {
            guard let propagation = Propagation(rawValue: policy) else { throw Self.invalidPolicy(policy) }
            self.propagation = propagation
        } else if body["orphanDependents"]?.bool ?? query.flag("orphanDependents") {
            propagation = .orphan
        }
        uid = body.value(at: "preconditions", "uid")?.string ?? ""
        resourceVersion = body.value(at: "preconditions", "resourceVersion")?.string ?? ""
        isDryRun = try DryRun.isAsked(values: (body["dryRun"]?.array?.compactMap(\.string) ?? []) + query.all("dryRun"))
    }

    private static func invalidPolicy(_ policy: String) -> APIError {
        var errors = FieldErrors()
        errors.unsupported("propagationPolicy", .string(policy), supported: ["Foreground", "Background", "Orphan", "nil"])
        return .invalid(GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "DeleteOptions"), "", errors.causes)
    }
}

enum DryRun {
    /// `dryRun=All`; nothing else is known.
    static func isAsked(values: [String]) throws(APIError) -> Bool {
        for value in values where value != "All" {
            var errors = FieldErrors()
            errors.unsupported("dryRun", .string(value), supported: ["All"])
            throw .invalid(GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "CreateOptions"), "", errors.causes)
        }
        return !values.isEmpty
    }
}
