// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

// Cells as in kubernetes pkg/printers/internalversion/printers.go (`printPersistentVolume`, `printPersistentVolumeClaim`).
extension TableColumns {
    static let persistentVolume = TableColumns(
        columns: [
            .name, TableColumn("Capacity", description: "How much it holds."),
            TableColumn("Access Modes", description: "From how many nodes it can be used."),
            TableColumn("Reclaim Policy", description: "What becomes of it once its claim is gone."),
            TableColumn("Status", description: "Whether it has a claim."), TableColumn("Claim", description: "Whose it is."),
            TableColumn("StorageClass", description: "Of which sort of storage it is."),
            TableColumn("VolumeAttributesClass", description: "Which attributes its storage has."),
            TableColumn("Reason", description: "Why it is in that status."), .age,
            TableColumn("VolumeMode", description: "Whether it is a folder or a device.", priority: 1),
        ],
        cells: { volume, now in
            let (spec, status) = (volume.spec, volume.status)
            let claim = spec["claimRef"]?.object == nil ? nil : spec["claimRef"]
            let owner = claim.map { "\($0["namespace"]?.string ?? "")/\($0["name"]?.string ?? "")" } ?? ""
            return [
                .string(volume.name), .string(spec.value(at: "capacity", "storage")?.string ?? ""), .string(accessModes(spec)),
                .string(spec["persistentVolumeReclaimPolicy"]?.string ?? ""),
                .string(volume.isBeingDeleted ? "Terminating" : status["phase"]?.string ?? ""), .string(owner),
                .string(spec["storageClassName"]?.string ?? ""), .string(spec["volumeAttributesClassName"]?.string ?? "<unset>"),
                .string(status["reason"]?.string ?? ""), volume.age(at: now), .string(spec["volumeMode"]?.string ?? "<unset>"),
            ]
        })

    static let persistentVolumeClaim = TableColumns(
        columns: [
            .name, TableColumn("Status", description: "Whether it has its volume."), TableColumn("Volume", description: "The name of its volume."),
            TableColumn("Capacity", description: "How much the volume holds."),
            TableColumn("Access Modes", description: "From how many nodes the volume can be used."),
            TableColumn("StorageClass", description: "Of which sort of storage it is."),
            TableColumn("VolumeAttributesClass", description: "Which attributes its storage has."), .age,
            TableColumn("VolumeMode", description: "Whether it is a folder or a device.", priority: 1),
        ],
        cells: { claim, now in
            let (spec, status) = (claim.spec, claim.status)
            let volume = spec["volumeName"]?.string ?? ""
            return [
                .string(claim.name), .string(claim.isBeingDeleted ? "Terminating" : status["phase"]?.string ?? ""), .string(volume),
                .string(volume.isEmpty ? "" : status.value(at: "capacity", "storage")?.string ?? ""),
                .string(volume.isEmpty ? "" : accessModes(status)), .string(spec["storageClassName"]?.string ?? ""),
                .string(spec["volumeAttributesClassName"]?.string ?? "<unset>"), claim.age(at: now),
                .string(spec["volumeMode"]?.string ?? "<unset>"),
            ]
        })

    /// In upstream's letters and order.
    private static func accessModes(_ holder: JSONValue) -> String {
        let given = holder["accessModes"]?.array ?? []
        let letters = [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")]
        return letters.filter { mode in given.contains { $0.string == mode.0 } }.map(\.1).joined(separator: ",")
    }
}
