// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeCoding
import KubeModel
import KubeSchema

/// `autoscaling/v1 Scale`, the view of a workload that autoscalers and `kubectl scale` use.
enum ScaleView {
    static let kind = GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale")

    /// - Throws: 500 where a custom resource has no number of replicas.
    static func make(_ object: KubeObject, _ paths: ScalePaths) throws(APIError) -> KubeObject {
        var scale = KubeObject(kind, namespace: object.namespace, name: object.name)
        for field in ["uid", "resourceVersion", "creationTimestamp"] { scale.set(object.value(at: "metadata", field), at: "metadata", field) }
        let replicas = try paths.specReplicas(of: object)
        scale["spec"] = replicas == 0 ? [:] : ["replicas": .integer(replicas)]
        var status: JSONObject = ["replicas": .integer(paths.statusReplicas(of: object))]
        if let selector = paths.selector(of: object) { status["selector"] = .string(selector) }
        scale["status"] = .object(status)
        return scale
    }

    /// The object at the scale's size.
    static func applying(
        _ scale: KubeObject, to object: KubeObject, _ definition: ResourceDefinition, _ version: GroupVersion
    ) throws(APIError) -> KubeObject {
        let replicas = scale.spec["replicas"]?.int ?? 0
        guard replicas >= 0 else {
            var errors = FieldErrors()
            errors.invalid("spec.replicas", .integer(replicas), "must be greater than or equal to 0")
            throw .invalid(kind, object.name, errors.causes)
        }
        var object = object
        definition.scale(in: version).setReplicas(replicas, of: &object)
        if !scale.resourceVersion.isEmpty { object.resourceVersion = scale.resourceVersion }
        if !scale.uid.isEmpty { object.set(.string(scale.uid), at: "metadata", "uid") }
        return object
    }
}

extension RESTHandler {
    func getScale(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIResponse {
        let encoding = try encoder.trees.encoding(request.headers, of: ScaleView.kind)
        let object = try store.get(definition, request.info.namespace, request.info.name)
        let scale = try ScaleView.make(object, definition.scale(in: request.info.groupVersionResource.groupVersion))
        return response(try encoder.trees.body(.object(scale.json), encoding))
    }

    func updateScale(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        try ContentNegotiation.requireJSONBody(request.headers)
        let scale = try pipeline.decode(request.body, as: ScaleView.kind, fieldValidation: try FieldValidation(request.query))
        return try changeScale(request, definition) { _ in
            (scale.object, isRepeatable: scale.object.resourceVersion.isEmpty)
        }
    }

    func patchScale(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        let type = try ObjectPatchType.of(request)
        let insists = Self.insistsOnVersion(request.body)
        let validation = try FieldValidation(request.query)
        return try changeScale(request, definition) { current in
            let patched = try pipeline.patched(current, with: request.body, type: type, as: ScaleView.kind, fieldValidation: validation)
            return (patched.object, isRepeatable: !insists)
        }
    }

    private func changeScale(
        _ request: APIRequest, _ definition: ResourceDefinition, _ change: @escaping @Sendable (KubeObject) throws -> (KubeObject, isRepeatable: Bool)
    ) throws -> APIAnswer {
        let encoding = try encoder.trees.encoding(request.headers, of: ScaleView.kind)
        var options = try WriteOptions(request)
        options.subresource = "scale"
        let scaling = options
        let version = request.info.groupVersionResource.groupVersion
        let paths = definition.scale(in: version)
        return .deferred {
            let (updated, _) = try await store.update(
                definition, namespace: request.info.namespace, name: request.info.name, options: scaling
            ) { current in
                guard let current else { throw APIError.notFound(definition.groupResource, request.info.name) }
                let (scale, isRepeatable) = try change(ScaleView.make(current, paths))
                return ProposedObject(object: try ScaleView.applying(scale, to: current, definition, version), isRepeatable: isRepeatable)
            }
            return response(try encoder.trees.body(.object(try ScaleView.make(updated, paths).json), encoding))
        }
    }
}
