// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubeModel

/// What a pod's volumes and environment refer to, as read from the API server; what does not exist is absent.
struct PodMaterial: Sendable {
    var configMaps: [String: KubeObject] = [:]
    var secrets: [String: KubeObject] = [:]
    var tokens: [TokenProjection: String] = [:]
    /// What the pod's claims stand for.
    var claims: [String: Claim] = [:]

    enum Claim: Sendable {
        case unbound
        /// Its PersistentVolume.
        case volume(KubeObject)
    }

    /// What a pod names, apart from tokens.
    static func read(for pod: KubeObject, _ client: KubeClient) async throws -> PodMaterial {
        let names = PodMaterialNames(pod)
        var material = PodMaterial()
        for name in names.configMaps { material.configMaps[name] = try await get(.configMaps, pod.namespace, name, client) }
        for name in names.secrets { material.secrets[name] = try await get(.secrets, pod.namespace, name, client) }
        for name in names.claims { material.claims[name] = try await claim(name, pod.namespace, client) }
        return material
    }

    private static func claim(_ name: String, _ namespace: String, _ client: KubeClient) async throws -> Claim? {
        guard let claim = try await get(.persistentVolumeClaims, namespace, name, client) else { return nil }
        guard claim.status["phase"] == "Bound", let volume = claim.spec["volumeName"]?.string else { return .unbound }
        return try await get(.persistentVolumes, "", volume, client).map { .volume($0) } ?? .unbound
    }

    private static func get(_ resource: GroupVersionResource, _ namespace: String, _ name: String, _ client: KubeClient) async throws -> KubeObject? {
        do {
            return try await client.get(resource, namespace: namespace, name: name)
        } catch let error as APIError where error.reason == .notFound {
            return nil
        }
    }

    /// The keys of a ConfigMap or a Secret with their bytes; nil where it does not exist.
    func data(_ kind: Kind, _ name: String) -> [String: Data]? {
        guard let object = kind == .configMap ? configMaps[name] : secrets[name] else { return nil }
        var data: [String: Data] = [:]
        for member in object[kind == .configMap ? "binaryData" : "data"]?.object ?? [:] {
            data[member.key] = Data(base64Encoded: member.value.string ?? "") ?? Data()
        }
        if kind == .configMap { for (key, text) in object["data"]?.stringMap ?? [:] { data[key] = Data(text.utf8) } }
        return data
    }

    enum Kind: String, Sendable { case configMap = "configmap", secret }
}

/// A token as a pod asks for it.
struct TokenProjection: Sendable, Hashable {
    /// Empty: the API server's own.
    var audience: String
    var seconds: Int64

    init(_ source: JSONValue) {
        audience = source["audience"]?.string ?? ""
        seconds = source["expirationSeconds"]?.int ?? 3600
    }
}

/// The names of what a pod refers to.
struct PodMaterialNames: Sendable, Hashable {
    var configMaps: Set<String> = []
    var secrets: Set<String> = []
    var tokens: Set<TokenProjection> = []
    var claims: Set<String> = []
    /// Whether a volume shows what its owner may change at any time.
    var changes = false

    /// The one that every namespace has, and that changes only with the cluster's authority.
    private static let rootCertificate = "kube-root-ca.crt"

    init(_ pod: KubeObject) {
        let references = PodReferences(pod)
        configMaps = references.configMaps
        // Images are programs of this machine: nothing is pulled.
        secrets = references.volumes.secrets.union(references.environment.secrets)
        claims = references.claims
        // A running program's environment stays as it is.
        changes = !references.volumes.secrets.isEmpty || !references.volumes.configMaps.subtracting([Self.rootCertificate]).isEmpty
        for volume in pod.spec["volumes"]?.array ?? [] {
            for source in volume["projected"]?["sources"]?.array ?? [] {
                if let token = source["serviceAccountToken"] { tokens.insert(TokenProjection(token)) }
            }
        }
    }
}
