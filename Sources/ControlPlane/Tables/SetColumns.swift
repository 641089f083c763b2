// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

// Cells as in kubernetes pkg/printers/internalversion/printers.go (`printStatefulSet`, `printDaemonSet`,
// `printControllerRevision`).
extension TableColumns {
    private static let containers = TableColumn("Containers", description: "The names of the template's containers.", priority: 1)
    private static let images = TableColumn("Images", description: "The images of the template's containers.", priority: 1)

    static let statefulSet = TableColumns(
        columns: [.name, TableColumn("Ready", description: "Ready pods out of those wanted."), .age, containers, images],
        cells: { set, now in
            let template = CellText.containers(set.spec["template"])
            return [
                .string(set.name), .string("\(set.status["readyReplicas"]?.int ?? 0)/\(set.spec["replicas"]?.int ?? 0)"), set.age(at: now),
                .string(template.names), .string(template.images),
            ]
        })

    static let daemonSet = TableColumns(
        columns: [
            .name, TableColumn("Desired", type: "integer", description: "Nodes that are to run a pod of it."),
            TableColumn("Current", type: "integer", description: "Those of them that have one."),
            TableColumn("Ready", type: "integer", description: "Those of them whose pod is ready."),
            TableColumn("Up-to-date", type: "integer", description: "Those of them whose pod is of the current template."),
            TableColumn("Available", type: "integer", description: "Those of them whose pod has been ready for long enough."),
            TableColumn("Node Selector", description: "The labels that a node has to have."), .age, containers, images,
            TableColumn("Selector", description: "Which pods belong to the object.", priority: 1),
        ],
        cells: { set, now in
            func count(_ field: String) -> JSONValue { .integer(set.status[field]?.int ?? 0) }
            let template = CellText.containers(set.spec["template"])
            let nodes = set.spec.value(at: "template", "spec", "nodeSelector")?.stringMap ?? [:]
            let selector = (try? LabelSelector(object: set.spec["selector"]))?.description ?? ""
            return [
                .string(set.name), count("desiredNumberScheduled"), count("currentNumberScheduled"), count("numberReady"),
                count("updatedNumberScheduled"), count("numberAvailable"), .string(CellText.labels(nodes)), set.age(at: now),
                .string(template.names), .string(template.images), CellText.orNone(selector),
            ]
        })

    static let controllerRevision = TableColumns(
        columns: [
            .name, TableColumn("Controller", description: "Whose past it is."),
            TableColumn("Revision", description: "Which state of its controller, in order of time."), .age,
        ],
        cells: { revision, now in
            let controller = revision.controller.map { owner in
                let group = GroupVersion(apiVersion: owner.apiVersion).group
                return "\(owner.kind.lowercased())\(group.isEmpty ? "" : ".\(group)")/\(owner.name)"
            }
            return [
                .string(revision.name), CellText.orNone(controller), .integer(revision["revision"]?.int ?? 0), revision.age(at: now),
            ]
        })
}
