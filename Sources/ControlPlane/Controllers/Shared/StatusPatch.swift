// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel

extension KubeClient {
    /// Writes the part of an object's status that differs; asks nothing of the server where none does.
    ///
    /// Without a precondition: a controller owns its status, and what it wrote from an old state it corrects with the next.
    /// - Parameters:
    ///   - status: A merge patch of `status`.
    ///   - annotations: To be set with it, where the kind lets its status carry them.
    func writeStatus(
        _ status: JSONValue, annotations: [String: String] = [:], of object: KubeObject, _ resource: GroupVersionResource
    ) async throws {
        let known = object.annotations
        let isNoted = annotations.allSatisfy { known[$0.key] == $0.value }
        guard !isNoted || object.status.mergePatched(with: status) != object.status else { return }
        var metadata: JSONObject = ["uid": .string(object.uid)]
        if !isNoted { metadata["annotations"] = JSONValue(annotations) }
        try await patch(
            resource, namespace: object.namespace, name: object.name, subresource: "status",
            .merge(["metadata": .object(metadata), "status": status]))
    }
}

extension APIError {
    /// Whether nothing can be made because the namespace goes away.
    var isNamespaceTerminating: Bool { reason == .forbidden && details?.causes.contains { $0.reason == "NamespaceTerminating" } == true }
}
