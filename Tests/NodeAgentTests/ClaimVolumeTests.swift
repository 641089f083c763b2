// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Testing

@testable import NodeAgent

@Suite("A pod's claims as volumes")
struct ClaimVolumeTests {
    private func pod(readOnly: Bool = false, subPath: String = "") -> KubeObject {
        var pod = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Pod"), namespace: "shop", name: "store-0")
        pod["spec"] = [
            "volumes": [["name": "data", "persistentVolumeClaim": ["claimName": "data-store-0", "readOnly": .bool(readOnly)]]],
            "containers": [["name": "main", "volumeMounts": [["name": "data", "mountPath": "/data", "subPath": .string(subPath)]]]],
        ]
        return pod
    }

    private func volume(_ source: JSONObject) -> PodMaterial {
        var volume = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "PersistentVolume"), name: "pv")
        volume["spec"] = .object(source)
        return PodMaterial(claims: ["data-store-0": .volume(volume)])
    }

    private func paths(_ pod: KubeObject, _ material: PodMaterial, _ folder: String) throws -> [String: String] {
        let fields = DownwardFields(pod: pod, podIP: "", hostIP: "", nodeName: "node-0")
        return try PodVolumes(folder: folder + "/pod").make(pod, fields: fields, node: ResourceLimits(), material: material)
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "updraft-claims-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test("a claim is the folder that its volume says, made where the volume says so", arguments: ["hostPath", "local"])
    func source(kind: String) throws {
        try inFolder { folder in
            let path = folder + "/volume"
            if kind == "local" { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
            let source: JSONValue = kind == "local" ? ["path": .string(path)] : ["path": .string(path), "type": "DirectoryOrCreate"]
            #expect(try paths(pod(), volume([kind: source]), folder) == ["data": path])
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("a claim that is missing, has no volume, or one that is elsewhere, says so")
    func problems() throws {
        func problem(_ material: PodMaterial) -> String {
            do {
                _ = try paths(pod(), material, NSTemporaryDirectory() + "nowhere")
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(problem(PodMaterial()).contains("persistentvolumeclaim \"data-store-0\" not found"))
        #expect(problem(PodMaterial(claims: ["data-store-0": .unbound])).contains("persistentvolumeclaim \"data-store-0\" has no volume yet"))
        #expect(problem(volume(["nfs": ["server": "a", "path": "/"]])).contains("this node takes hostPath and local ones"))
        #expect(problem(volume(["local": ["path": "/there/is/no/such/folder"]])).contains("nothing is at the host's"))
    }

    @Test("a sub-path is made in the volume, and a claim for reading only is mounted so", .enabled(if: isRoot, "mounting needs root"))
    func mounts() throws {
        try inFolder { folder in
            let pod = pod(readOnly: true, subPath: "a/b")
            let container = try #require(pod.containers.first)
            let mounts = try PodVolumes(folder: folder).mounts(of: container, in: pod, ["data": folder])
            #expect(mounts == [.init(source: folder + "/a/b", target: "/data", isReadOnly: true)])
            #expect(FileManager.default.fileExists(atPath: folder + "/a/b"))
            let outside = self.pod(subPath: "../b")
            #expect(throws: NodeAgentError.self) {
                try PodVolumes(folder: folder).mounts(of: try #require(outside.containers.first), in: outside, ["data": folder])
            }
        }
    }

    @Test("a pod's claims are among what it refers to")
    func names() { #expect(PodMaterialNames(pod()).claims == ["data-store-0"]) }
}
