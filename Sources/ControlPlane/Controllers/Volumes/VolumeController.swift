// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel

/// Gives claims their volumes: one that is there and fits, or a new folder, which goes with its claim.
struct VolumeController: Reconciler {
    enum Key: Sendable, Hashable {
        case claim(NamespacedName)
        case volume(String)
    }

    let client: KubeClient
    let claims: Informer
    let volumes: Informer
    let pods: Informer
    /// nil: there are only the volumes that others make.
    let folders: (any VolumeFolders)?
    let recorder: EventRecorder

    func reconcile(_ key: Key) async throws -> Requeue {
        do {
            switch key {
            case .claim(let name): if let claim = claims.get(name) { try await reconcile(claim: claim) }
            case .volume(let name): if let volume = volumes.get(NamespacedName(namespace: "", name: name)) { try await reconcile(volume: volume) }
            }
        } catch let error as APIError where error.reason == .notFound {
            // Gone meanwhile: its event tells.
        }
        return .never
    }

    /// Whether a pod keeps its claims from going: one that has a node and has not ended.
    static func uses(_ pod: KubeObject, claim: String) -> Bool {
        !Pod(pod).nodeName.isEmpty && !Pod(pod).isTerminal && PodReferences.claims(of: pod).contains(claim)
    }

    // MARK: Claims

    private func reconcile(claim: KubeObject) async throws {
        let isInUse = claim.isBeingDeleted && pods.list(namespace: claim.namespace).contains { Self.uses($0, claim: claim.name) }
        switch ClaimStep.decide(claim, volumes: volumes.list(), isInUse: isInUse, provisions: folders != nil) {
        case .none: break
        case .letGo: try await letGo(claim)
        case .bind(let volume): try await bind(claim, to: volume)
        case .provision: try await provision(claim)
        case .lose:
            recorder.record(
                claim, .warning, reason: "ClaimLost", message: "Bound claim has lost its PersistentVolume. Data on the volume is lost!")
            try await writePhase("Lost", of: claim, .persistentVolumeClaims)
        case .wait(let reason, let message): recorder.record(claim, .normal, reason: reason, message: message)
        }
    }

    private func letGo(_ claim: KubeObject) async throws {
        // A pod that was bound to a node a moment ago would lose its files.
        let fresh = try await client.list(.pods, namespace: claim.namespace).items
        guard !fresh.contains(where: { Self.uses($0, claim: claim.name) }) else { return }
        let left = claim.finalizers.filter { $0 != ClaimStep.protection }
        let metadata: JSONValue = [
            "uid": .string(claim.uid), "resourceVersion": .string(claim.resourceVersion),
            "finalizers": left.isEmpty ? .null : JSONValue(left),
        ]
        try await client.patch(.persistentVolumeClaims, namespace: claim.namespace, name: claim.name, .merge(["metadata": metadata]))
    }

    private func provision(_ claim: KubeObject) async throws {
        guard let folders else { return }
        let name = VolumeBinding.volumeName(claim)
        let wanted = VolumeBinding.volume(for: claim, path: folders.path(of: name))
        let volume: KubeObject
        do {
            try folders.make(name)
            volume = try await client.create(.persistentVolumes, wanted)
            recorder.record(claim, .normal, reason: "ProvisioningSucceeded", message: "Successfully provisioned volume \(name)")
        } catch let error as APIError where error.reason == .alreadyExists {
            // Made before, and not yet seen here.
            volume = try await client.get(.persistentVolumes, name: name)
        } catch {
            recorder.record(claim, .warning, reason: "ProvisioningFailed", message: "failed to provision volume: \(error)")
            throw error
        }
        try await bind(claim, to: volume)
    }

    /// First the volume, which only one claim can have, then the claim.
    private func bind(_ claim: KubeObject, to volume: KubeObject) async throws {
        if volume.spec.value(at: "claimRef", "uid")?.string != claim.uid {
            let metadata: JSONValue = ["uid": .string(volume.uid), "resourceVersion": .string(volume.resourceVersion)]
            try await client.patch(
                .persistentVolumes, name: volume.name,
                .merge(["metadata": metadata, "spec": ["claimRef": VolumeBinding.reference(to: claim)]]))
        }
        if volume.status["phase"] != "Bound" { try await writePhase("Bound", of: volume, .persistentVolumes) }
        if claim.spec["volumeName"]?.string != volume.name {
            let annotations: JSONValue = ["pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes"]
            try await client.patch(
                .persistentVolumeClaims, namespace: claim.namespace, name: claim.name,
                .merge([
                    "metadata": ["uid": .string(claim.uid), "annotations": annotations], "spec": ["volumeName": .string(volume.name)],
                ]))
        }
        let status: JSONValue = [
            "phase": "Bound", "accessModes": volume.spec["accessModes"] ?? [], "capacity": volume.spec["capacity"] ?? [:],
        ]
        try await client.writeStatus(status, of: claim, .persistentVolumeClaims)
    }

    private func writePhase(_ phase: String, of object: KubeObject, _ resource: GroupVersionResource) async throws {
        try await client.writeStatus(["phase": .string(phase)], of: object, resource)
    }

    // MARK: Volumes

    private func reconcile(volume: KubeObject) async throws {
        guard !volume.isBeingDeleted else { return }
        let owner = volume.spec["claimRef"]
        let name = NamespacedName(namespace: owner?["namespace"]?.string ?? "", name: owner?["name"]?.string ?? "")
        switch VolumeStep.decide(volume, claim: claims.get(name)) {
        case .none: break
        case .phase(let phase): try await writePhase(phase, of: volume, .persistentVolumes)
        case .remove:
            guard let folders else { return }
            try folders.remove(volume.name)
            try await client.delete(.persistentVolumes, volume)
        }
    }
}
