// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import NIOHTTP1

extension RESTHandler {
    /// Assigns a pod to a node, once: what the scheduler posts to `pods/NAME/binding`, or to `bindings`.
    ///
    /// - Source: `BindingREST`, kubernetes pkg/registry/core/pod/storage/storage.go
    func bind(_ request: APIRequest, pod name: String) throws -> APIAnswer {
        try ContentNegotiation.requireJSONBody(request.headers)
        let encoding = try encoder.trees.encoding(request.headers, of: TreeEncoder.status)
        let options = try WriteOptions(request)
        let binding = try pipeline.decode(
            request.body, as: GroupVersionKind(apiVersion: "v1", kind: "Binding"), fieldValidation: try FieldValidation(request.query)
        ).object
        let name = name.isEmpty ? binding.name : name
        let node = binding.value(at: "target", "name")?.string ?? ""
        try Self.checkTarget(binding, name)
        guard let pods = store.registry.definition(.pods) else { throw APIError.noSuchPath }
        return .deferred {
            _ = try await store.bindPod(pods, namespace: request.info.namespace, name: name, to: node, binding: binding, options: options)
            return response(try encoder.trees.body(Self.bound, encoding), status: .created)
        }
    }

    private static let bound: JSONValue = ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201]

    private static func checkTarget(_ binding: KubeObject, _ pod: String) throws(APIError) {
        var errors = FieldErrors()
        let kind = binding.value(at: "target", "kind")?.string ?? ""
        if !kind.isEmpty, kind != "Node" { errors.unsupported("target.kind", .string(kind), supported: ["Node", "<empty>"]) }
        if (binding.value(at: "target", "name")?.string ?? "").isEmpty { errors.required("target.name") }
        guard errors.causes.isEmpty else { throw .invalid(GroupVersionKind(apiVersion: "v1", kind: "Binding"), pod, errors.causes) }
    }
}

extension ResourceStore {
    func bindPod(
        _ pods: ResourceDefinition, namespace: String, name: String, to node: String, binding: KubeObject, options: WriteOptions
    ) async throws -> KubeObject {
        let now = now()
        return try await update(pods, namespace: namespace, name: name, scope: .binding, options: options) { current in
            guard var pod = current else { throw APIError.notFound(pods.groupResource, name) }
            if pod.isBeingDeleted { throw Self.bindingConflict(name, "pod \(name) is being deleted, cannot be assigned to a host") }
            let assigned = pod.spec["nodeName"]?.string ?? ""
            guard assigned.isEmpty else { throw Self.bindingConflict(name, "pod \(name) is already assigned to node \"\(assigned)\"") }
            pod.set(.string(node), at: "spec", "nodeName")
            for (key, value) in binding.annotations { pod.set(.string(value), at: "metadata", "annotations", key) }
            pod.setCondition(["type": "PodScheduled", "status": "True", "lastTransitionTime": .string(now.description)])
            if !binding.resourceVersion.isEmpty { pod.resourceVersion = binding.resourceVersion }
            return ProposedObject(object: pod, isRepeatable: true)
        }.object
    }

    private static func bindingConflict(_ name: String, _ why: String) -> APIError {
        .conflict(GroupResource(group: "", resource: "pods/binding"), name, why)
    }
}

extension KubeObject {
    /// Puts a condition of `status.conditions` in the place of that of its type.
    mutating func setCondition(_ condition: JSONValue) {
        var conditions = status["conditions"]?.array ?? []
        conditions.removeAll { $0["type"] == condition["type"] }
        conditions.append(condition)
        set(.array(conditions), at: "status", "conditions")
    }
}
