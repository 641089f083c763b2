// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

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
