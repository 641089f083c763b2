// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// A failure as the API tells it: `meta/v1 Status` with its HTTP code, reason and message.
///
/// Servers throw it and one place (`APIServerKit`) writes it; clients throw what the server wrote.
package struct APIError: Error, Sendable, Hashable {
    /// The HTTP status code.
    package var code: Int
    package var reason: Reason
    /// Names the object and says what was wrong with it; shown to the user as it is.
    package var message: String
    package var details: Details?
    /// With which a list can go on all the same; empty as a rule.
    package var continueToken = ""

    package init(code: Int, reason: Reason, message: String, details: Details? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
    }

    /// One of upstream's `StatusReason` words; empty where a server gave none.
    package struct Reason: RawRepresentable, Sendable, Hashable {
        package var rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }

        package static let unauthorized = Self(rawValue: "Unauthorized")
        package static let forbidden = Self(rawValue: "Forbidden")
        package static let notFound = Self(rawValue: "NotFound")
        package static let alreadyExists = Self(rawValue: "AlreadyExists")
        package static let conflict = Self(rawValue: "Conflict")
        package static let gone = Self(rawValue: "Gone")
        package static let expired = Self(rawValue: "Expired")
        package static let invalid = Self(rawValue: "Invalid")
        package static let badRequest = Self(rawValue: "BadRequest")
        package static let methodNotAllowed = Self(rawValue: "MethodNotAllowed")
        package static let notAcceptable = Self(rawValue: "NotAcceptable")
        package static let requestEntityTooLarge = Self(rawValue: "RequestEntityTooLarge")
        package static let unsupportedMediaType = Self(rawValue: "UnsupportedMediaType")
        package static let tooManyRequests = Self(rawValue: "TooManyRequests")
        package static let timeout = Self(rawValue: "Timeout")
        package static let internalError = Self(rawValue: "InternalError")
        package static let serviceUnavailable = Self(rawValue: "ServiceUnavailable")
        /// Ours: upstream has no word for it.
        package static let insufficientStorage = Self(rawValue: "InsufficientStorage")
    }

    package struct Details: Sendable, Hashable {
        package var name: String
        package var group: String
        /// A resource (`pods`) or, for invalid objects, a kind (`Pod`), as upstream has it.
        package var kind: String
        package var uid: String
        package var causes: [Cause]
        package var retryAfterSeconds: Int

        package init(name: String = "", group: String = "", kind: String = "", uid: String = "", causes: [Cause] = [], retryAfterSeconds: Int = 0) {
            self.name = name
            self.group = group
            self.kind = kind
            self.uid = uid
            self.causes = causes
            self.retryAfterSeconds = retryAfterSeconds
        }
    }

    package struct Cause: Sendable, Hashable {
        /// `FieldValueInvalid`, `FieldValueRequired`, ….
        package var reason: String
        package var message: String
        /// `spec.containers[0].image`.
        package var field: String

        package init(reason: String, message: String, field: String) {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }
}

extension APIError {
    package static func notFound(_ resource: GroupResource, _ name: String) -> Self {
        Self(
            code: 404, reason: .notFound, message: "\(resource) \"\(name)\" not found",
            details: Details(name: name, group: resource.group, kind: resource.resource))
    }

    /// A path that no resource answers.
    package static let noSuchPath = Self(
        code: 404, reason: .notFound, message: "the server could not find the requested resource", details: Details())

    package static func alreadyExists(_ resource: GroupResource, _ name: String) -> Self {
        Self(
            code: 409, reason: .alreadyExists, message: "\(resource) \"\(name)\" already exists",
            details: Details(name: name, group: resource.group, kind: resource.resource))
    }

    package static func conflict(_ resource: GroupResource, _ name: String, _ why: String) -> Self {
        Self(
            code: 409, reason: .conflict, message: "Operation cannot be fulfilled on \(resource) \"\(name)\": \(why)",
            details: Details(name: name, group: resource.group, kind: resource.resource))
    }

    /// What a writer gets whose `resourceVersion` is no longer the object's.
    package static func staleWrite(_ resource: GroupResource, _ name: String) -> Self {
        conflict(resource, name, "the object has been modified; please apply your changes to the latest version and try again")
    }

    package static func badRequest(_ message: String) -> Self { Self(code: 400, reason: .badRequest, message: message) }

    package static func forbidden(_ resource: GroupResource, _ name: String, _ why: String) -> Self {
        let subject = name.isEmpty ? "\(resource)" : "\(resource) \"\(name)\""
        return Self(
            code: 403, reason: .forbidden, message: "\(subject) is forbidden: \(why)",
            details: Details(name: name, group: resource.group, kind: resource.resource))
    }

    package static let unauthorized = Self(code: 401, reason: .unauthorized, message: "Unauthorized")

    package static func methodNotAllowed(_ resource: GroupResource, verb: String) -> Self {
        Self(
            code: 405, reason: .methodNotAllowed, message: "\(verb) is not supported on resources of kind \"\(resource)\"",
            details: Details(group: resource.group, kind: resource.resource))
    }

    /// Too old a `resourceVersion`: the client has to list again.
    package static func expired(_ message: String) -> Self { Self(code: 410, reason: .expired, message: message) }

    package static func invalid(_ kind: GroupVersionKind, _ name: String, _ causes: [Cause]) -> Self {
        let lines = causes.map { "\($0.field): \($0.message)" }
        let text = lines.count == 1 ? lines[0] : "[" + lines.joined(separator: ", ") + "]"
        let subject = kind.group.isEmpty ? kind.kind : "\(kind.kind).\(kind.group)"
        return Self(
            code: 422, reason: .invalid, message: "\(subject) \"\(name)\" is invalid: \(text)",
            details: Details(name: name, group: kind.group, kind: kind.kind, causes: causes))
    }

    package static func internalError(_ message: String) -> Self {
        Self(
            code: 500, reason: .internalError, message: "Internal error occurred: \(message)",
            details: Details(causes: [Cause(reason: "", message: message, field: "")]))
    }

    package static func serviceUnavailable(_ message: String) -> Self {
        Self(code: 503, reason: .serviceUnavailable, message: message)
    }

    /// Nothing can be stored for want of space; upstream answers 500 with etcd's words then.
    package static func insufficientStorage(_ message: String) -> Self {
        Self(code: 507, reason: .insufficientStorage, message: message)
    }
}

extension APIError {
    /// The `Status` object, as sent to clients and in `ERROR` watch events.
    package var status: JSONValue {
        var status: JSONObject = ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "code": .integer(Int64(code))]
        if !message.isEmpty { status["message"] = .string(message) }
        if !reason.rawValue.isEmpty { status["reason"] = .string(reason.rawValue) }
        if let details { status["details"] = details.json }
        if !continueToken.isEmpty { status["metadata"] = ["continue": .string(continueToken)] }
        return .object(status)
    }

    /// Reads a `Status` body; nil where `json` is none, or tells of success.
    package init?(status json: JSONValue) {
        guard json["kind"]?.string == "Status", json["status"]?.string != "Success" else { return nil }
        self.init(
            code: Int(json["code"]?.int ?? 500), reason: Reason(rawValue: json["reason"]?.string ?? ""),
            message: json["message"]?.string ?? "", details: json["details"].map(Details.init))
    }
}

extension APIError.Details {
    fileprivate var json: JSONValue {
        var json = JSONObject()
        for (key, text) in [("name", name), ("group", group), ("kind", kind), ("uid", uid)] where !text.isEmpty { json[key] = .string(text) }
        if !causes.isEmpty {
            json["causes"] = .array(
                causes.map { cause in
                    var json: JSONObject = ["message": .string(cause.message)]
                    if !cause.reason.isEmpty { json["reason"] = .string(cause.reason) }
                    if !cause.field.isEmpty { json["field"] = .string(cause.field) }
                    return .object(json)
                })
        }
        if retryAfterSeconds > 0 { json["retryAfterSeconds"] = .integer(Int64(retryAfterSeconds)) }
        return .object(json)
    }

    fileprivate init(_ json: JSONValue) {
        self.init(
            name: json["name"]?.string ?? "", group: json["group"]?.string ?? "", kind: json["kind"]?.string ?? "", uid: json["uid"]?.string ?? "",
            causes: (json["causes"]?.array ?? []).map {
                APIError.Cause(reason: $0["reason"]?.string ?? "", message: $0["message"]?.string ?? "", field: $0["field"]?.string ?? "")
            },
            retryAfterSeconds: Int(json["retryAfterSeconds"]?.int ?? 0))
    }
}

extension APIError: CustomStringConvertible {
    package var description: String { message.isEmpty ? "\(reason.rawValue) (\(code))" : message }
}
