// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1

/// What the audit log tells of one request, as it becomes known.
///
/// - Source: `Event` of audit.k8s.io/v1, k8s.io/apiserver pkg/apis/audit/v1/types.go
struct AuditTrail {
    let request: APIRequest
    let decision: AuditPolicy.Decision
    let received: Timestamp
    let userAgent: String
    /// Reads a body of the media type that its header names; nil for what is none.
    let readObject: AuditSettings.ObjectReader
    /// Of the answer's head, once it is known.
    var code: UInt?
    /// As whom the request is answered, where not as who sent it.
    var impersonated: UserInfo?
    var authorization: AuthorizationDecision?

    /// nil where the policy leaves the stage out.
    /// - Parameter answer: Its whole body, where it is at hand, and its type.
    func event(_ stage: AuditPolicy.Stage, at now: Timestamp, answer: (body: [UInt8], type: String)? = nil) -> JSONValue? {
        guard decision.level > .none, !decision.omittedStages.contains(stage) else { return nil }
        var event: JSONObject = [
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": .string(decision.level.rawValue), "auditID": .string(request.auditID),
            "stage": .string(stage.rawValue), "requestURI": .string(request.uri), "verb": .string(request.info.verb), "user": request.user.json,
            "sourceIPs": .array(sources.map { .string($0) }), "requestReceivedTimestamp": .string(received.microText),
            "stageTimestamp": .string(now.microText),
        ]
        if !userAgent.isEmpty { event["userAgent"] = .string(userAgent) }
        if let impersonated { event["impersonatedUser"] = impersonated.json }
        if request.info.isResourceRequest { event["objectRef"] = objectReference }
        let object = answer.flatMap { readObject($0.body, $0.type) }
        if let code { event["responseStatus"] = status(code, object) }
        if let authorization {
            event["annotations"] = [
                "authorization.k8s.io/decision": authorization.isAllowed ? "allow" : "forbid",
                "authorization.k8s.io/reason": .string(authorization.reason),
            ]
        }
        if decision.level >= .request, !request.body.isEmpty {
            event["requestObject"] = readObject(request.body, request.headers.first(name: "content-type") ?? "")
        }
        if decision.level >= .requestResponse { event["responseObject"] = object }
        return .object(event)
    }

    private func status(_ code: UInt, _ object: JSONValue?) -> JSONValue {
        var status: JSONObject = ["metadata": [:], "code": .integer(Int64(code))]
        guard let object, object["kind"] == "Status" else { return .object(status) }
        for field in ["status", "message", "reason", "details"] { status[field] = object[field] }
        return .object(status)
    }

    private var sources: [String] {
        let forwarded = request.headers[canonicalForm: "x-forwarded-for"].map { String($0) }.filter { !$0.isEmpty }
        return forwarded + [request.remoteAddress]
    }

    private var objectReference: JSONValue {
        let info = request.info
        var reference: JSONObject = ["apiVersion": .string(info.version)]
        for (field, text) in [
            ("resource", info.resource), ("namespace", info.namespace), ("name", info.name), ("apiGroup", info.group),
            ("subresource", info.subresource),
        ] where !text.isEmpty { reference[field] = .string(text) }
        return .object(reference)
    }
}
