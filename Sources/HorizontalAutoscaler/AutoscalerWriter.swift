// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import ScalingRules

/// Writes what was decided: the target's scale and the autoscaler's status, each only over the version that was read.
struct AutoscalerWriter: Sendable {
    let client: KubeClient

    /// - Throws: A conflict where the target was changed since its scale was read.
    func setReplicas(_ replicas: Int32, of scale: (resource: GroupVersionResource, object: KubeObject)) async throws {
        var object = scale.object
        object.set(.integer(Int64(replicas)), at: "spec", "replicas")
        try await client.update(scale.resource, object, subresource: "scale")
    }

    /// Writes the status over the version of `object`. If someone changed the autoscaler meanwhile but not what it asks for, the decision
    /// still stands and is written over the newer version; else the next round decides anew.
    /// - Returns: The autoscaler as it then is; nil where nothing was written.
    func write(_ status: AutoscalerStatus, to object: KubeObject) async throws -> KubeObject? {
        do {
            return try await patch(status, object)
        } catch let error as APIError where error.reason == .conflict {
            let fresh = try await client.get(.horizontalPodAutoscalers, namespace: object.namespace, name: object.name)
            guard fresh.uid == object.uid, fresh.spec == object.spec else { return nil }
            return try await patch(status, fresh)
        } catch let error as APIError where error.reason == .notFound {
            return nil
        }
    }

    private func patch(_ status: AutoscalerStatus, _ object: KubeObject) async throws -> KubeObject {
        var change = status.json
        // In a merge patch, what isn't named stays; what is gone has to be named.
        for field in ["currentReplicas", "lastScaleTime", "conditions"] where change[field] == nil { change[field] = .null }
        let patch: JSONValue = ["metadata": ["resourceVersion": .string(object.resourceVersion)], "status": change]
        return try await client.patch(
            .horizontalPodAutoscalers, namespace: object.namespace, name: object.name, subresource: "status", .merge(patch))
    }
}
