// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The pods of a namespace as one controller object sees them.
///
/// - Source: `PodControllerRefManager`, kubernetes pkg/controller/controller_ref_manager.go
struct PodClaims: Sendable, Hashable {
    /// Its own, and selected.
    var owned: [Pod] = []
    /// Without a controller and selected: to be taken on.
    var adoptable: [Pod] = []
    /// Its own, but no longer selected: to be let go.
    var released: [Pod] = []

    /// - Parameters:
    ///   - owner: One that is being deleted takes none on and lets none go.
    ///   - isMember: What a pod has to be besides selected.
    init(_ pods: [Pod], of owner: KubeObject, selector: LabelSelector?, isMember: (Pod) -> Bool = { _ in true }) {
        for pod in pods {
            let isSelected = selector.map { $0.matches(pod.object.labels) } ?? false && isMember(pod)
            switch (pod.object.controller?.uid, isSelected) {
            case (owner.uid, true): owned.append(pod)
            case (owner.uid, false): if !owner.isBeingDeleted { released.append(pod) }
            case (nil, true): if !owner.isBeingDeleted, !pod.object.isBeingDeleted { adoptable.append(pod) }
            default: break
            }
        }
    }

    var isSettled: Bool { adoptable.isEmpty && released.isEmpty }
}
