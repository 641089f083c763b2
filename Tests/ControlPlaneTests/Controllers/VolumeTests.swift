// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Synchronization
import Testing

@testable import ControlPlane

@Suite("Claims and their volumes")
struct VolumeTests {
    private func claim(_ change: (inout KubeObject) -> Void = { _ in }) -> KubeObject {
        var claim = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "PersistentVolumeClaim"), namespace: "shop", name: "data")
        claim.set("uid-data", at: "metadata", "uid")
        claim.set(["kubernetes.io/pvc-protection"], at: "metadata", "finalizers")
        claim["spec"] = ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]], "volumeMode": "Filesystem"]
        claim["status"] = ["phase": "Pending"]
        change(&claim)
        return claim
    }

    private func volume(_ name: String, _ storage: JSONValue = "1Gi", _ change: (inout KubeObject) -> Void = { _ in }) -> KubeObject {
        var volume = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "PersistentVolume"), name: name)
        volume["spec"] = ["accessModes": ["ReadWriteOnce", "ReadOnlyMany"], "capacity": ["storage": storage], "hostPath": ["path": "/v"]]
        volume["status"] = ["phase": "Available"]
        change(&volume)
        return volume
    }

    private func decide(_ claim: KubeObject, _ volumes: [KubeObject] = [], isInUse: Bool = false, provisions: Bool = true) -> ClaimStep {
        ClaimStep.decide(claim, volumes: volumes, isInUse: isInUse, provisions: provisions)
    }

    private let nothing = ClaimStep.wait(
        reason: "FailedBinding", message: "no persistent volumes available for this claim and no storage class is set")

    @Test("a claim gets the smallest volume that fits, and else a new one, where there are new ones")
    func binding() {
        #expect(decide(claim(), [volume("big", "5Gi"), volume("fit", "2Gi"), volume("small", "1Mi")]) == .bind(volume("fit", "2Gi")))
        #expect(decide(claim(), [volume("small", "1Mi")]) == .provision)
        #expect(decide(claim(), provisions: false) == nothing)
        #expect(decide(claim { $0.set("", at: "spec", "storageClassName") }) == nothing)
        let classed = claim { $0.set("fast", at: "spec", "storageClassName") }
        #expect(decide(classed, [volume("plain")]) == .provision)
        #expect(decide(claim { $0.set(["ReadWriteMany"], at: "spec", "accessModes") }, [volume("plain")]) == .provision)
        let taken = volume("taken") { $0.set(["namespace": "shop", "name": "other"], at: "spec", "claimRef") }
        #expect(decide(claim(), [taken]) == .provision)
        let reserved = volume("mine", "1Mi") { $0.set(["namespace": "shop", "name": "data"], at: "spec", "claimRef") }
        #expect(decide(claim(), [volume("plain"), reserved]) == .bind(reserved))
        guard case .wait("ProvisioningFailed", _) = decide(claim { $0.set("Block", at: "spec", "volumeMode") }) else {
            Issue.record("a folder is no device")
            return
        }
    }

    @Test("a claim that names its volume waits for that one, and is lost with it")
    func named() {
        let named = claim { $0.set("v", at: "spec", "volumeName") }
        #expect(decide(named) == .wait(reason: "FailedBinding", message: "volume \"v\" not found"))
        #expect(decide(named, [volume("v", "1Mi")]) == .bind(volume("v", "1Mi")))
        let others = volume("v") { $0.set(["namespace": "shop", "name": "data", "uid": "older"], at: "spec", "claimRef") }
        #expect(decide(named, [others]) == .wait(reason: "FailedBinding", message: "volume \"v\" already bound to a different claim."))
        let bound = claim {
            $0.set("v", at: "spec", "volumeName")
            $0.set("Bound", at: "status", "phase")
        }
        #expect(decide(bound) == .lose)
        let own = volume("v") {
            $0.set(VolumeBinding.reference(to: claim()), at: "spec", "claimRef")
            $0.set("Bound", at: "status", "phase")
        }
        #expect(decide(bound, [own]) == .none)
    }

    @Test("a claim that is to go waits for the pods that use it")
    func protection() {
        #expect(decide(claim(SetSamples.going), isInUse: true) == .none)
        #expect(decide(claim(SetSamples.going)) == .letGo)
        let pod = SetSamples.pod("p", owner: "o") {
            $0.set("n", at: "spec", "nodeName")
            $0.set([["name": "d", "persistentVolumeClaim": ["claimName": "data"]]], at: "spec", "volumes")
        }
        #expect(VolumeController.uses(pod.object, claim: "data"))
        #expect(!VolumeController.uses(pod.object, claim: "other"))
        var ended = pod.object
        SetSamples.failed(&ended)
        #expect(!VolumeController.uses(ended, claim: "data"))
    }

    @Test("a volume without a claim is to be had, one made for a claim that is gone goes, another's is released")
    func volumes() {
        let free = volume("v") { $0.set("Pending", at: "status", "phase") }
        #expect(VolumeStep.decide(free, claim: nil) == .phase("Available"))
        let made = VolumeBinding.volume(for: claim(), path: "/v")
        #expect(VolumeStep.decide(made, claim: claim()) == .none)
        #expect(VolumeStep.decide(made, claim: nil) == .remove)
        #expect(VolumeStep.decide(made, claim: claim { $0.set("another", at: "metadata", "uid") }) == .remove)
        let foreign = volume("v") { $0.set(VolumeBinding.reference(to: claim()), at: "spec", "claimRef") }
        #expect(VolumeStep.decide(foreign, claim: nil) == .phase("Released"))
    }

    @Test("pods are not placed before their claims have volumes, and say so")
    func scheduling() {
        let pod = SetSamples.pod("p", owner: "o") { $0.set([["name": "d", "persistentVolumeClaim": ["claimName": "data"]]], at: "spec", "volumes") }
        func problem(_ claim: KubeObject?) -> String? { Scheduler.problem(of: pod.object) { $0.name == "data" ? claim : nil } }
        #expect(problem(nil) == "persistentvolumeclaim \"data\" not found")
        #expect(problem(claim()) == "pod has unbound immediate PersistentVolumeClaims")
        #expect(problem(claim(SetSamples.going)) == "persistentvolumeclaim \"data\" is being deleted")
        #expect(problem(claim { $0.set("Bound", at: "status", "phase") }) == nil)
        #expect(Scheduler.problem(of: SetSamples.pod("q", owner: "o").object) { _ in nil } == nil)
    }

    // MARK: Retention

    @Test("claims go with the set or with a pod that is scaled away, as the set says")
    func retention() {
        func set(_ whenDeleted: JSONValue, _ whenScaled: JSONValue) -> StatefulSet {
            SetSamples.statefulSet(1) {
                $0.set(["whenDeleted": whenDeleted, "whenScaled": whenScaled], at: "spec", "persistentVolumeClaimRetentionPolicy")
            }
        }
        let pod = SetSamples.pod("web-0", owner: "web").object
        func owners(_ set: StatefulSet, isCondemned: Bool, of claim: KubeObject) -> [String]? {
            ClaimRetention(set).owners(of: claim, pod: pod, isCondemned: isCondemned)?.map(\.uid)
        }
        #expect(owners(set("Retain", "Retain"), isCondemned: true, of: claim()) == nil)
        #expect(owners(set("Delete", "Retain"), isCondemned: true, of: claim()) == ["uid-web"])
        #expect(owners(set("Retain", "Delete"), isCondemned: false, of: claim()) == nil)
        #expect(owners(set("Retain", "Delete"), isCondemned: true, of: claim()) == ["uid-web-0"])
        #expect(owners(set("Delete", "Delete"), isCondemned: false, of: claim()) == ["uid-web"])
        let owned = claim { $0.set([OwnerReference(controller: set("Delete", "Delete").object).json], at: "metadata", "ownerReferences") }
        #expect(owners(set("Delete", "Delete"), isCondemned: true, of: owned) == ["uid-web-0"])
        #expect(owners(set("Delete", "Retain"), isCondemned: false, of: owned) == nil)
        #expect(owners(set("Retain", "Retain"), isCondemned: false, of: owned) == [])
        let foreign = claim { $0.set([["uid": "x", "kind": "Other", "controller": true]], at: "metadata", "ownerReferences") }
        #expect(owners(set("Delete", "Retain"), isCondemned: false, of: foreign) == nil)
    }

    // MARK: Against the API server

    /// Folders that are only names.
    private final class NamedFolders: VolumeFolders {
        let made = Mutex<Swift.Set<String>>([])
        func path(of volume: String) -> String { "/volumes/\(volume)" }
        func make(_ volume: String) throws { made.withLock { _ = $0.insert(volume) } }
        func remove(_ volume: String) throws { made.withLock { _ = $0.remove(volume) } }
    }

    @Test("a StatefulSet's claims are made and bound, outlive pods and set, and take their folders with them", .timeLimit(.minutes(3)))
    func claims() async throws {
        let folders = NamedFolders()
        try await ControlledCluster.run(nodes: 1, folders: folders) { cluster in
            var json = SetKindTests.set("web", ["replicas": 2])
            (json["apiVersion"], json["kind"]) = ("apps/v1", "StatefulSet")
            json["spec"]?["volumeClaimTemplates"] = [
                ["metadata": ["name": "data"], "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]]]
            ]
            json["spec"]?["persistentVolumeClaimRetentionPolicy"] = ["whenScaled": "Delete"]
            try await cluster.admin.create(.statefulSets, cluster.object(json))
            let claims = try await cluster.eventually("bound", .persistentVolumeClaims) { claims in
                claims.map(\.name).sorted() == ["data-web-0", "data-web-1"] && claims.allSatisfy { $0.status["phase"] == "Bound" }
            }
            #expect(claims.allSatisfy { $0.status.value(at: "capacity", "storage") == "1Gi" && $0.labels == ["app": "web"] })
            let volumes = try await cluster.admin.list(.persistentVolumes).items
            #expect(Set(volumes.map(\.name)) == Set(claims.compactMap { $0.spec["volumeName"]?.string }))
            #expect(folders.made.withLock { $0 } == Set(volumes.map(\.name)))
            try await cluster.eventually("running", .pods) { $0.count == 2 && $0.allSatisfy { Pod($0).isReady } }
            try await cluster.patch(.statefulSets, "web", ["spec": ["replicas": 1]])
            try await cluster.eventually("the second goes with its pod", .persistentVolumeClaims) { $0.map(\.name) == ["data-web-0"] }
            try await cluster.eventually("and its volume", .persistentVolumes, namespace: "") { $0.count == 1 }
            #expect(folders.made.withLock { $0.count } == 1)
            let first = try await cluster.admin.get(.persistentVolumeClaims, namespace: "default", name: "data-web-0")
            try await cluster.admin.delete(.persistentVolumeClaims, first)
            let waiting = try await cluster.admin.get(.persistentVolumeClaims, namespace: "default", name: "data-web-0")
            #expect(waiting.isBeingDeleted, "its pod uses it")
            try await cluster.admin.delete(.statefulSets, namespace: "default", name: "web")
            try await cluster.eventually("gone", .persistentVolumeClaims) { $0.isEmpty }
            try await cluster.eventually("and its volume", .persistentVolumes, namespace: "") { $0.isEmpty }
            #expect(folders.made.withLock { $0.isEmpty })
        }
    }
}
