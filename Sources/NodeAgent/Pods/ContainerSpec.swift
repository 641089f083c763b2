// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What the agent reads of a container.
struct ContainerSpec: Sendable, Hashable {
    let json: JSONValue

    var name: String { json["name"]?.string ?? "" }
    var image: String { json["image"]?.string ?? "" }
    var command: [String] { json["command"]?.array?.compactMap(\.string) ?? [] }
    var arguments: [String] { json["args"]?.array?.compactMap(\.string) ?? [] }
    var workingDirectory: String? { json["workingDir"]?.string }

    struct Mount: Sendable, Hashable {
        var volume: String
        var path: String
        var subPath: String
        var isReadOnly: Bool
    }

    var mounts: [Mount] {
        (json["volumeMounts"]?.array ?? []).map {
            Mount(
                volume: $0["name"]?.string ?? "", path: $0["mountPath"]?.string ?? "", subPath: $0["subPath"]?.string ?? "",
                isReadOnly: $0["readOnly"]?.bool ?? false)
        }
    }

    func probe(_ name: String) -> ProbeSettings? { json[name].flatMap { ProbeSettings($0, ports: ports) } }

    /// Port numbers by their names.
    var ports: [String: Int] {
        var ports: [String: Int] = [:]
        for port in json["ports"]?.array ?? [] {
            if let name = port["name"]?.string, let number = port["containerPort"]?.int { ports[name] = Int(number) }
        }
        return ports
    }

    /// - Parameter kind: `limits` or `requests`.
    func resource(_ kind: String, _ name: String) -> Quantity? { Quantity(json["resources"]?[kind]?[name]) }

    var limits: ResourceLimits {
        ResourceLimits(cpuMillis: resource("limits", "cpu")?.milliValue, memoryBytes: resource("limits", "memory")?.value)
    }
}

extension KubeObject {
    var containers: [ContainerSpec] { (spec["containers"]?.array ?? []).map(ContainerSpec.init) }
    var initContainers: [ContainerSpec] { (spec["initContainers"]?.array ?? []).map(ContainerSpec.init) }
    var restartPolicy: String { spec["restartPolicy"]?.string ?? "Always" }
    var gracePeriod: Duration {
        let seconds = value(at: "metadata", "deletionGracePeriodSeconds")?.int ?? spec["terminationGracePeriodSeconds"]?.int ?? 30
        return .seconds(max(0, min(seconds, 3600)))
    }
}
