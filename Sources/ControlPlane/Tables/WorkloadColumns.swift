// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

// Cells as in kubernetes pkg/printers/internalversion/printers.go (`printDeployment`, `printReplicaSet`, `printNode`).
extension TableColumns {
    private static let templateColumns = [
        TableColumn("Containers", description: "The names of the template's containers.", priority: 1),
        TableColumn("Images", description: "The images of the template's containers.", priority: 1),
        TableColumn("Selector", description: "Which pods belong to the object.", priority: 1),
    ]

    static let deployment = TableColumns(
        columns: [
            .name, TableColumn("Ready", description: "Ready pods out of those wanted."),
            TableColumn("Up-to-date", description: "Pods that run the current template."),
            TableColumn("Available", description: "Pods that have been ready for long enough."), .age,
        ] + templateColumns,
        cells: { deployment, now in
            let (spec, status) = (deployment.spec, deployment.status)
            return [
                .string(deployment.name), .string("\(status["readyReplicas"]?.int ?? 0)/\(spec["replicas"]?.int ?? 0)"),
                .integer(status["updatedReplicas"]?.int ?? 0), .integer(status["availableReplicas"]?.int ?? 0), deployment.age(at: now),
            ] + templateCells(spec)
        })

    static let replicaSet = TableColumns(
        columns: [
            .name, TableColumn("Desired", type: "integer", description: "Pods wanted."),
            TableColumn("Current", type: "integer", description: "Pods there are."),
            TableColumn("Ready", type: "integer", description: "Pods that are ready."), .age,
        ] + templateColumns,
        cells: { replicaSet, now in
            let (spec, status) = (replicaSet.spec, replicaSet.status)
            return [
                .string(replicaSet.name), .integer(spec["replicas"]?.int ?? 0), .integer(status["replicas"]?.int ?? 0),
                .integer(status["readyReplicas"]?.int ?? 0), replicaSet.age(at: now),
            ] + templateCells(spec)
        })

    private static func templateCells(_ spec: JSONValue) -> [JSONValue] {
        let containers = CellText.containers(spec["template"])
        let selector = (try? LabelSelector(object: spec["selector"]))?.description ?? ""
        return [.string(containers.names), .string(containers.images), CellText.orNone(selector)]
    }

    static let node = TableColumns(
        columns: [
            .name, TableColumn("Status", description: "Whether the node takes pods."), TableColumn("Roles", description: "What the node is for."),
            .age,
            TableColumn("Version", description: "The version of the node's agent."),
            TableColumn("Internal-IP", description: "The address that other nodes reach it by.", priority: 1),
            TableColumn("External-IP", description: "The address that the outside reaches it by.", priority: 1),
            TableColumn("OS-Image", description: "The operating system.", priority: 1),
            TableColumn("Kernel-Version", description: "The kernel and the architecture.", priority: 1),
            TableColumn("Container-Runtime", description: "What runs the containers.", priority: 1),
        ],
        cells: { node, now in
            let system = node.status["nodeInfo"]
            return [
                .string(node.name), .string(nodeStatus(node)), .string(nodeRoles(node)), node.age(at: now),
                .string(system?["kubeletVersion"]?.string ?? ""), CellText.orNone(address(of: node, "InternalIP")),
                CellText.orNone(address(of: node, "ExternalIP")), orUnknown(system?["osImage"]?.string), orUnknown(kernel(system)),
                orUnknown(system?["containerRuntimeVersion"]?.string),
            ]
        })

    private static func nodeStatus(_ node: KubeObject) -> String {
        let word: String
        switch node.condition("Ready")?["status"]?.string {
        case "True": word = "Ready"
        case nil: word = "Unknown"
        default: word = "NotReady"
        }
        return node.spec["unschedulable"]?.bool ?? false ? word + ",SchedulingDisabled" : word
    }

    private static func nodeRoles(_ node: KubeObject) -> String {
        let prefix = "node-role.kubernetes.io/"
        var roles: Set<String> = []
        for (key, value) in node.labels {
            if key.hasPrefix(prefix), key.count > prefix.count { roles.insert(String(key.dropFirst(prefix.count))) }
            if key == "kubernetes.io/role", !value.isEmpty { roles.insert(value) }
        }
        return roles.isEmpty ? CellText.none : roles.sorted().joined(separator: ",")
    }

    private static func address(of node: KubeObject, _ type: String) -> String? {
        node.status["addresses"]?.array?.first { $0["type"]?.string == type }?["address"]?.string
    }

    private static func kernel(_ system: JSONValue?) -> String? {
        guard let version = system?["kernelVersion"]?.string, !version.isEmpty else { return nil }
        guard let architecture = system?["architecture"]?.string, !architecture.isEmpty else { return version }
        return "\(version) (\(architecture))"
    }

    private static func orUnknown(_ text: String?) -> JSONValue { .string(text.flatMap { $0.isEmpty ? nil : $0 } ?? CellText.unknown) }
}
