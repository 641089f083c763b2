// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubePKI
import KubeSchema
import KubeStore

/// Makes tokens of service accounts: `kubectl create token`, and what nodes ask for on behalf of pods.
///
/// - Source: kubernetes pkg/registry/core/serviceaccount/storage/token.go
struct TokenRequests: Sendable {
    let tokens: ServiceAccountTokens
    let settings: TokenSettings
    let store: ResourceStore
    let pipeline: ObjectPipeline

    static let kind = GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "TokenRequest")
    /// Seconds.
    private static let shortest: Int64 = 600
    private static let longest: Int64 = 1 << 32
    private static let usual: Int64 = 3600

    func answer(_ request: APIRequest, _ accounts: ResourceDefinition) throws -> JSONValue {
        try ContentNegotiation.requireJSONBody(request.headers)
        var object = try pipeline.decode(request.body, as: Self.kind, fieldValidation: try FieldValidation(request.query)).object
        let account = try store.get(accounts, request.info.namespace, request.info.name)
        var spec = object.spec.object ?? [:]
        if spec["audiences"]?.array?.isEmpty ?? true { spec["audiences"] = JSONValue(settings.audiences) }
        if spec["expirationSeconds"]?.int == nil { spec["expirationSeconds"] = .integer(Self.usual) }
        object["spec"] = .object(spec)
        object.set(.string(account.name), at: "metadata", "name")
        object.set(.string(account.namespace), at: "metadata", "namespace")
        try check(object)
        if let node = NodeRules.nodeName(request.user) { try restrict(node, spec["boundObjectRef"], account) }
        let now = store.now()
        var claims = ServiceAccountClaims(
            issuer: settings.issuer, audiences: (spec["audiences"]?.array ?? []).compactMap(\.string), issuedAt: now.seconds,
            expiry: now.seconds + (spec["expirationSeconds"]?.int ?? Self.usual), identifier: store.identifiers.uid(), namespace: account.namespace,
            account: .init(name: account.name, uid: account.uid))
        try bind(&claims, to: spec["boundObjectRef"], account)
        object.set(.string(now.description), at: "metadata", "creationTimestamp")
        object["status"] = [
            "token": .string(try tokens.sign(claims)), "expirationTimestamp": .string(Timestamp(seconds: claims.expiry).description),
        ]
        return .object(object.json)
    }

    /// A node gets tokens for its own pods only, and none that outlive them.
    /// - Source: `admitServiceAccount`, kubernetes plugin/pkg/admission/noderestriction/admission.go
    private func restrict(_ node: String, _ reference: JSONValue?, _ account: KubeObject) throws(APIError) {
        func refused(_ why: String) -> APIError { .forbidden(GroupResource(group: "", resource: "serviceaccounts/token"), account.name, why) }
        guard let name = reference?["name"]?.string, reference?["kind"]?.string == "Pod" else {
            throw refused("node requested token not bound to a pod")
        }
        guard let uid = reference?["uid"]?.string, !uid.isEmpty else { throw refused("node requested token with a pod binding without a uid") }
        guard let pods = store.registry.definition(.pods), let pod = try? store.get(pods, account.namespace, name),
            pod.spec["nodeName"]?.string == node
        else { throw refused("node requested token bound to a pod scheduled on a different node") }
    }

    private func check(_ object: KubeObject) throws(APIError) {
        var errors = FieldErrors()
        let seconds = object.spec["expirationSeconds"]?.int ?? 0
        if seconds < Self.shortest { errors.invalid("spec.expirationSeconds", .integer(seconds), "may not specify a duration less than 10 minutes") }
        if seconds > Self.longest {
            errors.invalid("spec.expirationSeconds", .integer(seconds), "may not specify a duration larger than 2^32 seconds")
        }
        guard errors.causes.isEmpty else { throw .invalid(Self.kind, "", errors.causes) }
    }

    private func bind(_ claims: inout ServiceAccountClaims, to given: JSONValue?, _ account: KubeObject) throws {
        guard let given, given.object != nil else { return }
        let (kind, name, uid) = (given["kind"]?.string ?? "", given["name"]?.string ?? "", given["uid"]?.string ?? "")
        let version = given["apiVersion"]?.string ?? ""
        let resources: [String: GroupVersionResource] = ["Pod": .pods, "Secret": .secrets, "Node": .nodes]
        guard version == "v1", let resource = resources[kind], let definition = store.registry.definition(resource) else {
            throw APIError.badRequest("cannot bind token to object of type \(version), Kind=\(kind)")
        }
        let object = try store.get(definition, definition.isNamespaced ? account.namespace : "", name)
        guard uid.isEmpty || uid == object.uid else {
            throw APIError.conflict(
                definition.groupResource, name,
                "the UID in the bound object reference (\(uid)) does not match the UID in record. The object might have been deleted and then recreated"
            )
        }
        let reference = ServiceAccountClaims.Reference(name: name, uid: object.uid)
        switch kind {
        case "Pod":
            guard (object.spec["serviceAccountName"]?.string ?? "default") == account.name else {
                throw APIError.badRequest(
                    "cannot bind token for serviceaccount \"\(account.name)\" to pod running with different serviceaccount name.")
            }
            claims.pod = reference
            if let node = object.spec["nodeName"]?.string, !node.isEmpty, let nodes = store.registry.definition(.nodes) {
                claims.node = .init(name: node, uid: (try? store.get(nodes, "", node).uid) ?? "")
            }
        case "Node": claims.node = reference
        default: claims.secret = reference
        }
    }
}
