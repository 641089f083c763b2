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

/// Which volume is for which claim.
enum VolumeBinding {
    /// Whether a volume is a claim's already.
    static func isReserved(_ volume: KubeObject, for claim: KubeObject) -> Bool {
        guard let owner = volume.spec["claimRef"], owner.object != nil else { return false }
        guard owner["namespace"]?.string == claim.namespace, owner["name"]?.string == claim.name else { return false }
        let uid = owner["uid"]?.string ?? ""
        return uid.isEmpty || uid == claim.uid
    }

    /// Whether a volume of nobody is all that a claim asks for.
    static func fits(_ volume: KubeObject, _ claim: KubeObject) -> Bool {
        let (offer, wish) = (volume.spec, claim.spec)
        guard offer["claimRef"]?.object == nil, !volume.isBeingDeleted else { return false }
        func text(_ spec: JSONValue, _ field: String, _ absent: String) -> String { spec[field]?.string ?? absent }
        guard text(offer, "storageClassName", "") == text(wish, "storageClassName", "") else { return false }
        guard text(offer, "volumeMode", "Filesystem") == text(wish, "volumeMode", "Filesystem") else { return false }
        let modes = offer["accessModes"]?.array ?? []
        guard (wish["accessModes"]?.array ?? []).allSatisfy(modes.contains) else { return false }
        if wish["selector"]?.object != nil {
            guard let selector = try? LabelSelector(object: wish["selector"]), selector.matches(volume.labels) else { return false }
        }
        return capacity(volume) >= (Quantity(wish.value(at: "resources", "requests", "storage"))?.value ?? 0)
    }

    /// In bytes.
    static func capacity(_ volume: KubeObject) -> Int64 { Quantity(volume.spec.value(at: "capacity", "storage"))?.value ?? 0 }

    static func reference(to claim: KubeObject) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": .string(claim.namespace), "name": .string(claim.name),
            "uid": .string(claim.uid), "resourceVersion": .string(claim.resourceVersion),
        ]
    }

    // MARK: Volumes made here

    /// Notes who made a volume: what is not made here is not removed here.
    static let provisionedBy = "pv.kubernetes.io/provisioned-by"
    static let provisioner = "updraft/folders"

    static func volumeName(_ claim: KubeObject) -> String { "pvc-\(claim.uid)" }

    /// A folder as a claim's volume.
    static func volume(for claim: KubeObject, path: String) -> KubeObject {
        var volume = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "PersistentVolume"), name: volumeName(claim))
        volume.annotations = [provisionedBy: provisioner]
        var spec: JSONObject = [
            "capacity": ["storage": claim.spec.value(at: "resources", "requests", "storage") ?? "0"],
            "accessModes": claim.spec["accessModes"] ?? [], "claimRef": reference(to: claim), "persistentVolumeReclaimPolicy": "Delete",
            "volumeMode": "Filesystem", "hostPath": ["path": .string(path), "type": "DirectoryOrCreate"],
        ]
        spec["storageClassName"] = claim.spec["storageClassName"]
        volume["spec"] = .object(spec)
        return volume
    }
}

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
