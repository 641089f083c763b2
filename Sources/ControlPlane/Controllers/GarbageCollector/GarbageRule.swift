// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel

/// What becomes of an object whose owners are known.
///
/// - Source: `attemptToDeleteItem`, kubernetes pkg/controller/garbagecollector/garbagecollector.go
enum GarbageRule {
    enum Owner: Sendable, Hashable {
        case present
        /// Nothing of that name, or something else by now.
        case absent
        /// It goes once this object has gone.
        case waiting
    }

    enum Action: Sendable, Hashable {
        case keep
        /// Still owned by others: these references lead nowhere.
        case forget(owners: Set<String>)
        case delete(PropagationPolicy)
    }

    /// - Parameters:
    ///   - owners: The state of each owner by its uid; one that couldn't be asked counts as present.
    ///   - hasDependents: Whether others depend on the object in turn.
    static func decide(_ object: KubeObject, owners: [String: Owner], hasDependents: Bool) -> Action {
        let references = object.ownerReferences.map(\.uid)
        guard !references.isEmpty else { return .keep }
        let gone = Set(references.filter { owners[$0] == .absent || owners[$0] == .waiting })
        guard gone.count == Set(references).count else { return gone.isEmpty ? .keep : .forget(owners: gone) }
        if gone.contains(where: { owners[$0] == .waiting }), hasDependents { return .delete(.foreground) }
        if object.finalizers.contains("orphan") { return .delete(.orphan) }
        return .delete(object.finalizers.contains(KubeObject.foregroundFinalizer) ? .foreground : .background)
    }
}
