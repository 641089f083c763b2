// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel

/// What the demo applies: the guide's own manifests as they are, and the same workload with a CPU request of 100m beside it.
struct GuideManifests: Sendable {
    /// Byte for byte the guide's.
    static var deploymentText: String { String(decoding: PackageResources.podinfo_deployment_yaml, as: UTF8.self) }
    static var autoscalerText: String { String(decoding: PackageResources.podinfo_hpa_yaml, as: UTF8.self) }

    static let guideName = "podinfo"
    static let comparedName = "podinfo-100m"
    /// The guide loads `http://podinfosvc:port/` and never makes that Service.
    static let guideService = "podinfosvc"
    static let comparedService = "podinfosvc-100m"
    static let port: Int64 = 9898

    var guide: [KubeObject]
    var compared: [KubeObject]

    init() throws {
        let deployment = try Self.object(Self.deploymentText)
        let autoscaler = try Self.object(Self.autoscalerText)
        guide = [deployment, autoscaler, Self.service(named: Self.guideService, selecting: Self.guideName)]
        compared = [
            Self.requesting100m(deployment), Self.retargeted(autoscaler), Self.service(named: Self.comparedService, selecting: Self.comparedName),
        ]
    }

    private static func object(_ text: String) throws -> KubeObject {
        guard let json = try YAML.documents(in: text).first?.object else {
            throw CommandFailure(.failed, "the demo's manifest holds no object")
        }
        return KubeObject(json)
    }

    private static func requesting100m(_ deployment: KubeObject) -> KubeObject {
        var copy = deployment
        copy.set(.string(comparedName), at: "metadata", "name")
        copy.set(.string(comparedName), at: "spec", "template", "metadata", "labels", "app")
        var containers = copy.value(at: "spec", "template", "spec", "containers")?.array ?? []
        for index in containers.indices {
            var resources = containers[index]["resources"] ?? [:]
            var requests = resources["requests"] ?? [:]
            requests["cpu"] = "100m"
            resources["requests"] = requests
            containers[index]["resources"] = resources
        }
        copy.set(.array(containers), at: "spec", "template", "spec", "containers")
        return copy
    }

    private static func retargeted(_ autoscaler: KubeObject) -> KubeObject {
        var copy = autoscaler
        copy.set(.string(comparedName), at: "metadata", "name")
        copy.set(.string(comparedName), at: "spec", "scaleTargetRef", "name")
        return copy
    }

    private static func service(named name: String, selecting app: String) -> KubeObject {
        var service = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Service"), name: name)
        service["spec"] = [
            "selector": ["app": .string(app)],
            "ports": [["name": "http", "protocol": "TCP", "port": .integer(port), "targetPort": .integer(port)]],
        ]
        return service
    }
}
