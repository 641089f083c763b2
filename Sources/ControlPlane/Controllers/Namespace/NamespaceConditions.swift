// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What keeps a namespace from going, as its conditions tell it.
///
/// - Source: kubernetes pkg/controller/namespace/deletion/status_condition_utils.go
enum NamespaceConditions {
    static func make(remaining: [NamespaceController.Remaining], failedGroups: [String], known: KubeObject, now: Timestamp) -> [JSONValue] {
        let contents = remaining.map { "\(name($0.resource)) has \($0.count) resource instances" }.sorted().joined(separator: ", ")
        let held = remaining.reduce(into: [:]) { $0.merge($1.finalizers) { $0 + $1 } }
        let finalizers = held.map { "\($0.key) in \($0.value) resource instances" }.sorted().joined(separator: ", ")
        return [
            condition(
                "NamespaceDeletionDiscoveryFailure",
                failedGroups.isEmpty
                    ? nil
                    : (
                        "DiscoveryFailed",
                        "Discovery failed for some groups, \(failedGroups.count) failing: \(failedGroups.sorted().joined(separator: ", "))"
                    ),
                otherwise: ("ResourcesDiscovered", "All resources successfully discovered"), known, now),
            condition(
                "NamespaceContentRemaining", contents.isEmpty ? nil : ("SomeResourcesRemain", "Some resources are remaining: \(contents)"),
                otherwise: ("ContentRemoved", "All content successfully removed"), known, now),
            condition(
                "NamespaceFinalizersRemaining",
                finalizers.isEmpty ? nil : ("SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: \(finalizers)"),
                otherwise: ("ContentHasNoFinalizers", "All content-preserving finalizers finished"), known, now),
        ]
    }

    private static func name(_ resource: GroupVersionResource) -> String { "\(resource.resource).\(resource.group)" }

    private static func condition(
        _ type: String, _ trouble: (reason: String, message: String)?, otherwise: (reason: String, message: String), _ known: KubeObject,
        _ now: Timestamp
    ) -> JSONValue {
        let status = trouble == nil ? "False" : "True"
        let (reason, message) = trouble ?? otherwise
        let last = known.condition(type)
        let since: JSONValue = last?["status"]?.string == status ? last?["lastTransitionTime"] ?? .null : .string(now.description)
        return [
            "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message), "lastTransitionTime": since,
        ]
    }
}
