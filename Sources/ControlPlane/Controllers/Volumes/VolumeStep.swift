// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What is to be done about a PersistentVolume.
enum VolumeStep: Sendable, Hashable {
    case none
    /// Its phase is out of date.
    case phase(String)
    /// Its claim is gone, and it was made for that.
    case remove

    /// - Parameter claim: That of the name the volume says; nil where there is none.
    static func decide(_ volume: KubeObject, claim: KubeObject?) -> Self {
        let phase = volume.status["phase"]?.string ?? ""
        guard let owner = volume.spec["claimRef"], owner.object != nil, let uid = owner["uid"]?.string, !uid.isEmpty else {
            return phase == "Available" ? .none : .phase("Available")
        }
        // A claim that is there sees to its volume itself.
        guard claim?.uid != uid else { return .none }
        let isOurs = volume.annotations[VolumeBinding.provisionedBy] == VolumeBinding.provisioner
        if isOurs, volume.spec["persistentVolumeReclaimPolicy"] == "Delete" { return .remove }
        return phase == "Released" ? .none : .phase("Released")
    }
}
