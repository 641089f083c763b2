// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel

/// The folders behind a pod's volumes.
struct PodVolumes: Sendable {
    /// The pod's own folder.
    var folder: String

    /// Where the volume `name` is on the host.
    func path(_ name: String) -> String { "\(folder)/volumes/\(name)" }

    /// Makes every volume, or brings what can change (labels, annotations, ConfigMaps) up to date.
    /// - Throws: `NodeAgentError` naming the volume.
    func make(_ pod: KubeObject, fields: DownwardFields, node: ResourceLimits, material: PodMaterial) throws(NodeAgentError) -> [String: String] {
        var paths: [String: String] = [:]
        for volume in pod.spec["volumes"]?.array ?? [] {
            let name = volume["name"]?.string ?? ""
            paths[name] = path(name)
            if volume["emptyDir"] != nil {
                try makeFolder(path(name), mode: 0o777)
            } else if let source = volume["downwardAPI"] {
                try write(try downwardFiles(source, pod, fields, node), mode: source["defaultMode"]?.int, volume: name)
            } else if let source = volume["configMap"] {
                try write(try files(.configMap, source["name"], source, material), mode: source["defaultMode"]?.int, volume: name)
            } else if let source = volume["secret"] {
                try write(try files(.secret, source["secretName"], source, material), mode: source["defaultMode"]?.int, volume: name)
            } else if let source = volume["projected"] {
                try write(try projectedFiles(source, pod, fields, node, material), mode: source["defaultMode"]?.int, volume: name)
            } else if let host = volume["hostPath"]?["path"]?.string {
                paths[name] = host
                try checkHostPath(host, type: volume["hostPath"]?["type"]?.string ?? "", volume: name)
            } else if let claim = volume["persistentVolumeClaim"]?["claimName"]?.string {
                paths[name] = try claimed(claim, material, volume: name)
            } else {
                let kind = volume.object?.keys.first { $0 != "name" } ?? "none"
                throw NodeAgentError(
                    .volume,
                    "volume \"\(name)\": \(kind) volumes are not to be had on this node (emptyDir, downwardAPI, configMap, secret, projected, hostPath and persistentVolumeClaim are)"
                )
            }
        }
        return paths
    }

    /// Whether volumes can appear at a container's paths.
    static let canMount = UserNamespace.problem == nil

    /// Where there are no mounts, a container goes without the files by which it could reach the API: few need them, and every pod has them.
    static func wanted(_ container: ContainerSpec) -> [ContainerSpec.Mount] {
        canMount ? container.mounts : container.mounts.filter { !$0.volume.hasPrefix("kube-api-access-") }
    }

    /// Where each mount of a container comes from.
    /// - Parameter pod: Says which volumes are for reading only, whatever the container says.
    func mounts(of container: ContainerSpec, in pod: KubeObject, _ paths: [String: String]) throws(NodeAgentError) -> [MountPlan.Mount] {
        let readOnly = (pod.spec["volumes"]?.array ?? []).filter { $0["persistentVolumeClaim"]?["readOnly"] == true }.map { $0["name"]?.string }
        var mounts: [MountPlan.Mount] = []
        for mount in Self.wanted(container) {
            guard let path = paths[mount.volume] else {
                throw NodeAgentError(.volume, "container \"\(container.name)\" mounts volume \"\(mount.volume)\", which the pod does not have")
            }
            guard mount.path.hasPrefix("/") else {
                throw NodeAgentError(.volume, "container \"\(container.name)\": the mount path \"\(mount.path)\" is not absolute")
            }
            let source = try source(of: mount, at: path, container, pod)
            let isReadOnly = mount.isReadOnly || readOnly.contains(mount.volume)
            mounts.append(MountPlan.Mount(source: source, target: mount.path, isReadOnly: isReadOnly))
        }
        return mounts
    }

    /// As kubelets do, a folder that is not in the volume yet is made there.
    private func source(
        of mount: ContainerSpec.Mount, at path: String, _ container: ContainerSpec, _ pod: KubeObject
    ) throws(NodeAgentError) -> String {
        let parts = mount.subPath.split(separator: "/")
        guard !parts.contains("..") else {
            throw NodeAgentError(.volume, "container \"\(container.name)\": the sub-path \"\(mount.subPath)\" leads out of its volume")
        }
        let source = ([path] + parts.map(String.init)).joined(separator: "/")
        if !parts.isEmpty, Self.isWritable(mount.volume, in: pod), !FileManager.default.fileExists(atPath: source) {
            try makeFolder(source, mode: 0o777)
        }
        return source
    }

    /// Whether a volume holds what its pods put there, rather than what they are given.
    private static func isWritable(_ volume: String, in pod: KubeObject) -> Bool {
        let found = (pod.spec["volumes"]?.array ?? []).first { $0["name"]?.string == volume }
        return found?["emptyDir"] != nil || found?["persistentVolumeClaim"] != nil
    }

    /// Where the volume of a claim is.
    private func claimed(_ claim: String, _ material: PodMaterial, volume name: String) throws(NodeAgentError) -> String {
        switch material.claims[claim] {
        case nil: throw NodeAgentError(.volume, "persistentvolumeclaim \"\(claim)\" not found")
        case .unbound: throw NodeAgentError(.volume, "persistentvolumeclaim \"\(claim)\" has no volume yet")
        case .volume(let volume):
            if let host = volume.spec["hostPath"]?["path"]?.string {
                try checkHostPath(host, type: volume.spec["hostPath"]?["type"]?.string ?? "", volume: name)
                return host
            }
            guard let local = volume.spec["local"]?["path"]?.string else {
                throw NodeAgentError(.volume, "volume \"\(name)\": of persistent volumes, this node takes hostPath and local ones")
            }
            guard FileManager.default.fileExists(atPath: local) else {
                throw NodeAgentError(.volume, "volume \"\(name)\": nothing is at the host's \(local)")
            }
            return local
        }
    }

    private func downwardFiles(_ source: JSONValue, _ pod: KubeObject, _ fields: DownwardFields, _ node: ResourceLimits) throws(NodeAgentError)
        -> [String: Data]
    {
        var files: [String: Data] = [:]
        for item in source["items"]?.array ?? [] {
            let path = item["path"]?.string ?? ""
            if let field = item["fieldRef"]?["fieldPath"]?.string {
                guard let value = fields.value(fieldPath: field) else {
                    throw NodeAgentError(.volume, "downward API file \(path): there is no field \(field)")
                }
                files[path] = Data(value.utf8)
            } else if let reference = item["resourceFieldRef"] {
                let name = reference["containerName"]?.string ?? ""
                let divisor = Quantity(reference["divisor"])?.description ?? "1"
                guard let container = pod.containers.first(where: { $0.name == name }),
                    let value = fields.value(resource: reference["resource"]?.string ?? "", of: container, divisor: divisor, node: node)
                else { throw NodeAgentError(.volume, "downward API file \(path): there is no such resource of container \"\(name)\"") }
                files[path] = Data(value.utf8)
            }
        }
        return files
    }

    private func files(_ kind: PodMaterial.Kind, _ reference: JSONValue?, _ source: JSONValue, _ material: PodMaterial) throws(NodeAgentError)
        -> [String: Data]
    {
        let name = reference?.string ?? ""
        let isOptional = source["optional"]?.bool == true
        guard let data = material.data(kind, name) else {
            if isOptional { return [:] }
            throw NodeAgentError(.volume, "\(kind.rawValue) \"\(name)\" not found")
        }
        guard let items = source["items"]?.array else { return data }
        var files: [String: Data] = [:]
        for item in items {
            let key = item["key"]?.string ?? ""
            guard let value = data[key] else {
                if isOptional { continue }
                throw NodeAgentError(.volume, "\(kind.rawValue) \"\(name)\" has no key \"\(key)\"")
            }
            files[item["path"]?.string ?? key] = value
        }
        return files
    }

    /// Several sources in one folder.
    private func projectedFiles(
        _ projected: JSONValue, _ pod: KubeObject, _ fields: DownwardFields, _ node: ResourceLimits, _ material: PodMaterial
    ) throws(NodeAgentError) -> [String: Data] {
        var all: [String: Data] = [:]
        for source in projected["sources"]?.array ?? [] {
            if let map = source["configMap"] {
                all.merge(try files(.configMap, map["name"], map, material)) { $1 }
            } else if let secret = source["secret"] {
                all.merge(try files(.secret, secret["name"], secret, material)) { $1 }
            } else if let downward = source["downwardAPI"] {
                all.merge(try downwardFiles(downward, pod, fields, node)) { $1 }
            } else if let token = source["serviceAccountToken"] {
                all[token["path"]?.string ?? "token"] = Data((material.tokens[TokenProjection(token)] ?? "").utf8)
            } else {
                let kind = source.object?.keys.first { _ in true } ?? "none"
                throw NodeAgentError(.volume, "\(kind) is no source of projected volumes on this node")
            }
        }
        return all
    }

    /// Replaces the files one by one, each whole or not at all, so that a reader never sees half of one.
    private func write(_ files: [String: Data], mode: Int64?, volume: String) throws(NodeAgentError) {
        let folder = path(volume)
        try makeFolder(folder, mode: 0o755)
        let manager = FileManager.default
        for name in (try? manager.contentsOfDirectory(atPath: folder)) ?? []
        where files[name] == nil && !files.keys.contains(where: { $0.hasPrefix(name + "/") }) {
            try? manager.removeItem(atPath: "\(folder)/\(name)")
        }
        for (name, bytes) in files {
            guard !name.isEmpty, !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
                throw NodeAgentError(.volume, "volume \"\(volume)\": the path \"\(name)\" leads out of it")
            }
            let target = "\(folder)/\(name)"
            if let known = manager.contents(atPath: target), known == bytes { continue }
            try makeFolder((target as NSString).deletingLastPathComponent, mode: 0o755)
            do {
                let temporary = "\(target).new"
                try bytes.write(to: URL(fileURLWithPath: temporary))
                try manager.setAttributes([.posixPermissions: Int(mode ?? 0o644)], ofItemAtPath: temporary)
                guard rename(temporary, target) == 0 else { throw NodeAgentError(.volume, String(cString: strerror(errno))) }
            } catch {
                throw NodeAgentError(.volume, "volume \"\(volume)\": cannot write \(target): \(error)")
            }
        }
    }

    private func makeFolder(_ path: String, mode: Int) throws(NodeAgentError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
        } catch {
            throw NodeAgentError(.volume, "cannot make \(path): \(error.localizedDescription)")
        }
    }

    private func checkHostPath(_ path: String, type: String, volume: String) throws(NodeAgentError) {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        switch type {
        // As container runtimes do for a path of which nothing is said.
        case "" where !exists: try makeFolder(path, mode: 0o755)
        case "", "Directory", "File", "Socket", "CharDevice", "BlockDevice":
            guard exists else { throw NodeAgentError(.volume, "volume \"\(volume)\": nothing is at the host's \(path)") }
            guard type.isEmpty || (type == "Directory") == isDirectory.boolValue else {
                throw NodeAgentError(.volume, "volume \"\(volume)\": the host's \(path) is not a \(type)")
            }
        case "DirectoryOrCreate": if !exists { try makeFolder(path, mode: 0o755) }
        case "FileOrCreate":
            if !exists, !FileManager.default.createFile(atPath: path, contents: nil) {
                throw NodeAgentError(.volume, "volume \"\(volume)\": cannot make the host's \(path)")
            }
        default: throw NodeAgentError(.volume, "volume \"\(volume)\": unknown hostPath type \(type)")
        }
    }
}
