// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What is to be done about a PersistentVolumeClaim, as follows from it and the volumes that there are.
///
/// - Source: `syncUnboundClaim`, `syncBoundClaim`, `findMatchingVolume`, kubernetes pkg/controller/volume/persistentvolume;
///   pkg/controller/volume/pvcprotection
enum ClaimStep: Sendable, Hashable {
    case none
    /// It is to go, and no pod uses it any more.
    case letGo
    /// It gets this volume.
    case bind(KubeObject)
    /// A new folder is made for it.
    case provision
    /// Its volume is gone.
    case lose
    /// Nothing can be done yet; with the words of the event.
    case wait(reason: String, message: String)

    /// The finalizer by which a claim stays for as long as a pod uses it.
    static let protection = "kubernetes.io/pvc-protection"

    /// - Parameters:
    ///   - isInUse: Whether a pod that runs, or is about to, uses it.
    ///   - provisions: Whether folders can be made here.
    static func decide(_ claim: KubeObject, volumes: [KubeObject], isInUse: Bool, provisions: Bool) -> Self {
        if claim.isBeingDeleted { return claim.finalizers.contains(protection) && !isInUse ? .letGo : .none }
        let name = claim.spec["volumeName"]?.string ?? ""
        guard name.isEmpty else { return decide(claim, named: name, volumes.first { $0.name == name }) }
        if let reserved = volumes.first(where: { VolumeBinding.isReserved($0, for: claim) }) { return .bind(reserved) }
        let fitting = volumes.filter { VolumeBinding.fits($0, claim) }
        let best = fitting.min { left, right in
            let (one, other) = (VolumeBinding.capacity(left), VolumeBinding.capacity(right))
            return one == other ? left.name < right.name : one < other
        }
        if let best { return .bind(best) }
        return provisions ? provisioning(of: claim) : nothing
    }

    private static let nothing = Self.wait(
        reason: "FailedBinding", message: "no persistent volumes available for this claim and no storage class is set")

    private static func decide(_ claim: KubeObject, named name: String, _ volume: KubeObject?) -> Self {
        let isBound = claim.status["phase"] == "Bound"
        guard let volume else {
            if claim.status["phase"] == "Lost" { return .none }
            return isBound ? .lose : .wait(reason: "FailedBinding", message: "volume \"\(name)\" not found")
        }
        guard VolumeBinding.isReserved(volume, for: claim) || volume.spec["claimRef"]?.object == nil else {
            return .wait(reason: "FailedBinding", message: "volume \"\(name)\" already bound to a different claim.")
        }
        return isBound && volume.status["phase"] == "Bound" ? .none : .bind(volume)
    }

    private static func provisioning(of claim: KubeObject) -> Self {
        // A class that is said to be none asks for volumes that are there already.
        if claim.spec["storageClassName"] == "" { return nothing }
        if claim.spec["volumeMode"] == "Block" {
            return .wait(reason: "ProvisioningFailed", message: "the lab's volumes are folders: it has none of volumeMode Block")
        }
        if claim.spec["selector"]?.object != nil {
            return .wait(reason: "ProvisioningFailed", message: "claim.Spec.Selector is not supported for dynamic provisioning")
        }
        return .provision
    }
}
