// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The objects of its namespace that a pod names: what its node reads for it, and may read.
package struct PodReferences: Sendable, Hashable {
    /// ConfigMaps and Secrets by their names.
    package struct Names: Sendable, Hashable {
        package var configMaps: Set<String> = []
        package var secrets: Set<String> = []
    }

    /// Shown as files.
    package var volumes = Names()
    /// Read into the environment of its containers.
    package var environment = Names()
    package var imagePullSecrets: Set<String> = []
    /// PersistentVolumeClaims.
    package var claims: Set<String>

    /// These alone, for those that ask at each change of a pod.
    package static func claims(of pod: KubeObject) -> Set<String> {
        Set((pod.spec["volumes"]?.array ?? []).compactMap { $0["persistentVolumeClaim"]?["claimName"]?.string })
    }

    package var configMaps: Set<String> { volumes.configMaps.union(environment.configMaps) }
    package var secrets: Set<String> { volumes.secrets.union(environment.secrets).union(imagePullSecrets) }

    package init(_ pod: KubeObject) {
        claims = Self.claims(of: pod)
        func elements(_ name: String) -> [JSONValue] { pod.spec[name]?.array ?? [] }
        func add(_ name: String?, to names: inout Set<String>) { if let name { names.insert(name) } }
        for secret in elements("imagePullSecrets") { add(secret["name"]?.string, to: &imagePullSecrets) }
        for volume in elements("volumes") {
            add(volume["configMap"]?["name"]?.string, to: &volumes.configMaps)
            add(volume["secret"]?["secretName"]?.string, to: &volumes.secrets)
            for source in volume["projected"]?["sources"]?.array ?? [] {
                add(source["configMap"]?["name"]?.string, to: &volumes.configMaps)
                add(source["secret"]?["name"]?.string, to: &volumes.secrets)
            }
        }
        for container in elements("initContainers") + elements("containers") {
            for source in container["envFrom"]?.array ?? [] {
                add(source["configMapRef"]?["name"]?.string, to: &environment.configMaps)
                add(source["secretRef"]?["name"]?.string, to: &environment.secrets)
            }
            for variable in container["env"]?.array ?? [] {
                add(variable["valueFrom"]?["configMapKeyRef"]?["name"]?.string, to: &environment.configMaps)
                add(variable["valueFrom"]?["secretKeyRef"]?["name"]?.string, to: &environment.secrets)
            }
        }
    }
}
