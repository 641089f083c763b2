// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema

/// Where a kind has what its subresource `scale` shows.
enum ScalePaths: Sendable {
    /// `spec.replicas`, `status.replicas` and the selector of pods in `spec.selector`.
    case workload
    case custom(CustomResourceDefinition.Scale)

    /// - Throws: 500 where a custom resource has none.
    /// - Source: `scaleFromCustomResource`, `ScaleREST.Get`, k8s.io/apiextensions-apiserver pkg/registry/customresource/etcd.go
    func specReplicas(of object: KubeObject) throws(APIError) -> Int64 {
        switch self {
        case .workload: return object.spec["replicas"]?.int ?? 0
        case .custom(let paths):
            guard let replicas = paths.specReplicas.values(in: object.json).first?.int else {
                throw .internalError("the spec replicas field \"\(paths.specReplicas)\" does not exist")
            }
            return replicas
        }
    }

    func statusReplicas(of object: KubeObject) -> Int64 {
        switch self {
        case .workload: object.status["replicas"]?.int ?? 0
        case .custom(let paths): paths.statusReplicas.values(in: object.json).first?.int ?? 0
        }
    }

    /// As text; nil where there is none.
    func selector(of object: KubeObject) -> String? {
        switch self {
        case .workload: (try? LabelSelector(object: object.spec["selector"]))?.description
        case .custom(let paths): paths.labelSelector?.values(in: object.json).first?.string
        }
    }

    func setReplicas(_ replicas: Int64, of object: inout KubeObject) {
        switch self {
        case .workload: object.set(.integer(replicas), at: "spec", "replicas")
        // A definition is refused whose path is not of names alone.
        case .custom(let paths): _ = paths.specReplicas.set(.integer(replicas), in: &object.json)
        }
    }
}
