// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// With what the claims of a StatefulSet go: with the set, with a pod that is scaled away, or with neither.
///
/// The garbage collector then does what their owners say.
/// - Source: `claimOwnerMatchesSetAndPod`, `updateClaimOwnerRefForSetAndPod`, kubernetes pkg/controller/statefulset/stateful_set_utils.go
struct ClaimRetention: Sendable, Hashable {
    private let set: KubeObject
    private let goesWithSet: Bool
    private let goesWithPod: Bool

    init(_ set: StatefulSet) {
        self.set = set.object
        let policy = set.object.spec["persistentVolumeClaimRetentionPolicy"]
        goesWithSet = policy?["whenDeleted"] == "Delete"
        goesWithPod = policy?["whenScaled"] == "Delete"
    }

    /// The owners that a claim is to have; nil where it has them, or where something else controls it.
    /// - Parameter isCondemned: Whether the pod is about to be scaled away.
    func owners(of claim: KubeObject, pod: KubeObject, isCondemned: Bool) -> [OwnerReference]? {
        let others = claim.ownerReferences.filter { $0.uid != set.uid && $0.uid != pod.uid }
        guard !others.contains(where: { $0.isController || $0.kind == set.kind || $0.kind == "Pod" }) else { return nil }
        var wanted = others
        if goesWithPod, isCondemned {
            wanted.append(OwnerReference(controller: pod))
        } else if goesWithSet {
            wanted.append(OwnerReference(controller: set))
        }
        return Set(wanted.map(\.uid)) == Set(claim.ownerReferences.map(\.uid)) ? nil : wanted
    }
}
