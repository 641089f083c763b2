// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a request to delete makes of an object.
///
/// - Source: `BeforeDelete`, k8s.io/apiserver pkg/registry/rest/delete.go; `CheckGracefulDelete`, kubernetes
///   pkg/registry/core/pod/strategy.go; `namespace REST.Delete`, pkg/registry/core/namespace/storage/storage.go
enum DeletionPlan: Sendable, Hashable {
    case remove
    /// Marked as being deleted; something else removes it: the node agent, a finalizer's owner, the namespace controller.
    case mark(KubeObject)
    /// It is being deleted already, and this request changes nothing.
    case unchanged

    static let orphanFinalizer = "orphan"
    static let foregroundFinalizer = "foregroundDeletion"

    static func make(_ object: KubeObject, _ options: DeleteOptions, _ deletion: ResourceStrategy.Deletion, now: Timestamp) -> Self {
        switch deletion {
        case .namespace: return namespace(object, now: now)
        case .pod: return graceful(object, seconds: grace(object, options), isAsked: options.gracePeriodSeconds != nil, options, now: now)
        case .immediate: return graceful(object, seconds: 0, isAsked: true, options, now: now)
        }
    }

    private static func namespace(_ namespace: KubeObject, now: Timestamp) -> Self {
        let isHeld = !(namespace.spec["finalizers"]?.array ?? []).isEmpty || !namespace.finalizers.isEmpty
        guard isHeld else { return .remove }
        guard !namespace.isBeingDeleted else { return .unchanged }
        var marked = namespace
        marked.set(.string(now.description), at: "metadata", "deletionTimestamp")
        marked.set("Terminating", at: "status", "phase")
        return .mark(marked)
    }

    /// How long a pod may take: none where no process can be running.
    private static func grace(_ pod: KubeObject, _ options: DeleteOptions) -> Int64 {
        let phase = pod.status["phase"]?.string
        guard !(pod.spec["nodeName"]?.string ?? "").isEmpty, phase != "Failed", phase != "Succeeded" else { return 0 }
        let seconds = options.gracePeriodSeconds ?? pod.spec["terminationGracePeriodSeconds"]?.int ?? 30
        return seconds < 0 ? 1 : seconds
    }

    private static func graceful(_ object: KubeObject, seconds: Int64, isAsked: Bool, _ options: DeleteOptions, now: Timestamp) -> Self {
        var marked = object
        var finalizers = object.finalizers
        if !object.isBeingDeleted {
            switch options.propagation {
            case .background: finalizers.removeAll { $0 == orphanFinalizer || $0 == foregroundFinalizer }
            case .orphan: finalizers = finalizers.filter { $0 != foregroundFinalizer && $0 != orphanFinalizer } + [orphanFinalizer]
            case .foreground: finalizers = finalizers.filter { $0 != foregroundFinalizer && $0 != orphanFinalizer } + [foregroundFinalizer]
            }
            marked.set(finalizers.isEmpty ? nil : JSONValue(finalizers), at: "metadata", "finalizers")
        }
        if seconds == 0, finalizers.isEmpty { return .remove }
        if let current = object.value(at: "metadata", "deletionGracePeriodSeconds")?.int, object.isBeingDeleted {
            guard isAsked, seconds < current else { return .unchanged }
        }
        marked.set(.string((now + .seconds(seconds)).description), at: "metadata", "deletionTimestamp")
        marked.set(.integer(seconds), at: "metadata", "deletionGracePeriodSeconds")
        if object.generation > 0, !object.isBeingDeleted { marked.set(.integer(object.generation &+ 1), at: "metadata", "generation") }
        return .mark(marked)
    }
}

extension ResourceStore {
    /// Whether nothing holds an object any more that is being deleted.
    func isReadyToGo(_ definition: ResourceDefinition, _ object: KubeObject) -> Bool {
        guard object.isBeingDeleted, object.finalizers.isEmpty else { return false }
        if definition.strategy.deletion == .namespace { return (object.spec["finalizers"]?.array ?? []).isEmpty }
        return object.value(at: "metadata", "deletionGracePeriodSeconds")?.int ?? 0 == 0
    }
}
