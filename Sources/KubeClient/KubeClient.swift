// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The Kubernetes API as its clients see it: any resource, by group, version and name.
///
/// - Throws: `APIError` where the server refused, `ClientError` where none could be asked.
package struct KubeClient: Sendable {
    private let transport: any Transport
    private let userAgent: String

    package init(transport: any Transport, userAgent: String) {
        self.transport = transport
        self.userAgent = userAgent
    }

    package func get(_ resource: GroupVersionResource, namespace: String = "", name: String, subresource: String? = nil) async throws -> KubeObject {
        try await object("GET", ResourcePath(resource, namespace: namespace, name: name, subresource: subresource))
    }

    /// - Parameters:
    ///   - namespace: nil or empty for all namespaces, and for cluster-scoped resources.
    ///   - limit: At most so many; the list then tells how to go on.
    ///   - continuation: Where an earlier list went no further.
    ///   - metadataOnly: Asks for `PartialObjectMetadata` in place of the whole objects.
    package func list(
        _ resource: GroupVersionResource, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        limit: Int? = nil, continuation: String? = nil, metadataOnly: Bool = false
    ) async throws -> KubeList {
        var path = ResourcePath(resource, namespace: namespace ?? "")
        path.add("labelSelector", labelSelector)
        path.add("fieldSelector", fieldSelector)
        path.add("limit", limit.map(String.init))
        path.add("continue", continuation)
        return KubeList(try await json("GET", path, accept: metadataOnly ? Accept.metadataList : Accept.json))
    }

    /// - Parameter name: Of the object whose `subresource` is created (`pods/binding`).
    @discardableResult
    package func create(_ resource: GroupVersionResource, _ object: KubeObject, subresource: String? = nil, name: String? = nil) async throws
        -> KubeObject
    {
        let path = ResourcePath(resource, namespace: object.namespace, name: name, subresource: subresource)
        return try await self.object("POST", path, body: object.encoded)
    }

    /// Replaces an object; its `resourceVersion`, if set, must be the stored one.
    @discardableResult
    package func update(_ resource: GroupVersionResource, _ object: KubeObject, subresource: String? = nil) async throws -> KubeObject {
        let path = ResourcePath(resource, namespace: object.namespace, name: object.name, subresource: subresource)
        return try await self.object("PUT", path, body: object.encoded)
    }

    /// A `metadata.resourceVersion` in the patch is its precondition.
    @discardableResult
    package func patch(
        _ resource: GroupVersionResource, namespace: String = "", name: String, subresource: String? = nil, _ patch: Patch
    ) async throws -> KubeObject {
        let path = ResourcePath(resource, namespace: namespace, name: name, subresource: subresource)
        return try await object("PATCH", path, body: patch.json.encoded, contentType: patch.contentType)
    }

    package func delete(_ resource: GroupVersionResource, namespace: String = "", name: String, options: DeleteOptions = DeleteOptions()) async throws
    {
        _ = try await json("DELETE", ResourcePath(resource, namespace: namespace, name: name), body: options.json.encoded)
    }

    /// Deletes this very object, not a later one of its name.
    /// - Parameter isUnchanged: Only if nobody has written it since.
    package func delete(
        _ resource: GroupVersionResource, _ object: KubeObject, propagation: PropagationPolicy? = nil, gracePeriodSeconds: Int64? = nil,
        isUnchanged: Bool = false
    ) async throws {
        let options = DeleteOptions(
            propagation: propagation, gracePeriodSeconds: gracePeriodSeconds, uid: object.uid,
            resourceVersion: isUnchanged ? object.resourceVersion : nil)
        try await delete(resource, namespace: object.namespace, name: object.name, options: options)
    }

    /// All of a resource in a namespace, or those that a selector matches.
    package func deleteCollection(
        _ resource: GroupVersionResource, namespace: String = "", labelSelector: String? = nil, options: DeleteOptions = DeleteOptions()
    ) async throws {
        var path = ResourcePath(resource, namespace: namespace)
        path.add("labelSelector", labelSelector)
        _ = try await json("DELETE", path, body: options.json.encoded)
    }

    /// What happens to a resource after `resourceVersion`, until the server or its time limit ends it.
    package func watch(
        _ resource: GroupVersionResource, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        resourceVersion: String? = nil, timeoutSeconds: Int? = nil, metadataOnly: Bool = false
    ) async throws -> WatchStream {
        var path = ResourcePath(resource, namespace: namespace ?? "")
        path.add("watch", "true")
        path.add("labelSelector", labelSelector)
        path.add("fieldSelector", fieldSelector)
        path.add("resourceVersion", resourceVersion)
        path.add("timeoutSeconds", timeoutSeconds.map(String.init))
        let response = try await send("GET", path.text, accept: metadataOnly ? Accept.metadata : Accept.json, isStreaming: true)
        guard response.status == 200 else { throw try await failure(response, "GET \(path.text)") }
        return WatchStream(response.body)
    }

    /// Any path, as it is.
    package func raw(_ path: String) async throws -> [UInt8] {
        let response = try await send("GET", path)
        guard (200..<300).contains(response.status) else { throw try await failure(response, "GET \(path)") }
        return try await response.body.collect()
    }

    /// Any path whose answer comes bit by bit, such as a followed log.
    package func stream(_ path: String) async throws -> ResponseBody {
        let response = try await send("GET", path, isStreaming: true)
        guard (200..<300).contains(response.status) else { throw try await failure(response, "GET \(path)") }
        return response.body
    }
}

extension KubeClient {
    private func object(_ method: String, _ path: ResourcePath, body: [UInt8] = [], contentType: String = "application/json") async throws
        -> KubeObject
    {
        guard let object = try await json(method, path, body: body, contentType: contentType).object else {
            throw ClientError("\(method) \(path.text): the answer is no object")
        }
        return KubeObject(object)
    }

    private func json(
        _ method: String, _ path: ResourcePath, body: [UInt8] = [], contentType: String = Accept.json, accept: String = Accept.json
    ) async throws -> JSONValue {
        let response = try await send(method, path.text, body: body, contentType: contentType, accept: accept)
        guard (200..<300).contains(response.status) else { throw try await failure(response, "\(method) \(path.text)") }
        let bytes = try await response.body.collect()
        do {
            return try JSONValue.parse(bytes)
        } catch {
            throw ClientError("\(method) \(path.text): the answer is not JSON: \(error)", cause: error)
        }
    }

    private func send(
        _ method: String, _ path: String, body: [UInt8] = [], contentType: String = Accept.json, accept: String = Accept.json,
        isStreaming: Bool = false
    ) async throws -> ClientResponse {
        var headers = ["accept": accept, "user-agent": userAgent]
        if !body.isEmpty { headers["content-type"] = contentType }
        return try await transport.send(ClientRequest(method: method, path: path, headers: headers, body: body, isStreaming: isStreaming))
    }

    private func failure(_ response: ClientResponse, _ request: String) async throws -> any Error {
        let bytes = try await response.body.collect(limit: 1 << 20)
        let retryAfter = response.headers["retry-after"].flatMap { Int($0) } ?? 0
        if let json = try? JSONValue.parse(bytes), var error = APIError(status: json) {
            var details = error.details ?? APIError.Details()
            if retryAfter > 0, details.retryAfterSeconds == 0 {
                details.retryAfterSeconds = retryAfter
                error.details = details
            }
            return error
        }
        let text = String(decoding: bytes.prefix(200), as: UTF8.self)
        // Aggregated servers that are down answer in plain text.
        return APIError(
            code: response.status, reason: APIError.Reason(rawValue: ""), message: "\(request): \(response.status) \(text)",
            details: retryAfter > 0 ? APIError.Details(retryAfterSeconds: retryAfter) : nil)
    }
}

private enum Accept {
    static let json = "application/json"
    static let metadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    static let metadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
}

package struct KubeList: Sendable {
    package var items: [KubeObject]
    package var resourceVersion: String
    /// With which the next page is asked for; empty where this is all.
    package var continuation: String

    package init(items: [KubeObject], resourceVersion: String, continuation: String = "") {
        self.items = items
        self.resourceVersion = resourceVersion
        self.continuation = continuation
    }

    /// Items of a list carry no type of their own on the wire; they are given the list's.
    init(_ json: JSONValue) {
        let listKind = json["kind"]?.string ?? ""
        let kind = listKind.hasSuffix("List") ? String(listKind.dropLast(4)) : ""
        items = (json["items"]?.array ?? []).compactMap { item in
            guard var object = item.object else { return nil }
            if object["kind"] == nil, !kind.isEmpty { object["kind"] = .string(kind) }
            if object["apiVersion"] == nil { object["apiVersion"] = json["apiVersion"] }
            return KubeObject(object)
        }
        resourceVersion = json["metadata"]?["resourceVersion"]?.string ?? ""
        continuation = json["metadata"]?["continue"]?.string ?? ""
    }
}

package enum Patch: Sendable, Hashable {
    /// RFC 7386: members replace, null removes, lists are replaced whole.
    case merge(JSONValue)
    /// Lists with a merge key are merged by it; built-in kinds only.
    case strategicMerge(JSONValue)

    var json: JSONValue {
        switch self {
        case .merge(let json), .strategicMerge(let json): json
        }
    }

    var contentType: String {
        switch self {
        case .merge: "application/merge-patch+json"
        case .strategicMerge: "application/strategic-merge-patch+json"
        }
    }
}

/// What becomes of an object's dependents when it is deleted.
package enum PropagationPolicy: String, Sendable { case background = "Background", foreground = "Foreground", orphan = "Orphan" }

package struct DeleteOptions: Sendable, Hashable {
    package var propagation: PropagationPolicy?
    /// 0 removes a pod at once, which is the node agent's to do once its processes are gone.
    package var gracePeriodSeconds: Int64?
    /// Only the object with this uid, not a later one of its name.
    package var uid: String?
    package var resourceVersion: String?

    package init(propagation: PropagationPolicy? = nil, gracePeriodSeconds: Int64? = nil, uid: String? = nil, resourceVersion: String? = nil) {
        self.propagation = propagation
        self.gracePeriodSeconds = gracePeriodSeconds
        self.uid = uid
        self.resourceVersion = resourceVersion
    }

    var json: JSONValue {
        var json: JSONObject = ["apiVersion": "v1", "kind": "DeleteOptions"]
        json["propagationPolicy"] = propagation.map { .string($0.rawValue) }
        json["gracePeriodSeconds"] = gracePeriodSeconds.map { .integer($0) }
        if let uid { json.set(.string(uid), at: "preconditions", "uid") }
        if let resourceVersion { json.set(.string(resourceVersion), at: "preconditions", "resourceVersion") }
        return .object(json)
    }
}
