// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import Foundation

/// The folders that a lab gives to claims: they outlive pods, nodes and the lab's runs, and go with their claims.
struct LabVolumes: VolumeFolders {
    let root: String

    func path(of volume: String) -> String { "\(root)/\(volume)" }

    func make(_ volume: String) throws {
        // Pods of any user may write there.
        try FileManager.default.createDirectory(
            atPath: path(of: volume), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o777])
    }

    func remove(_ volume: String) throws {
        precondition(!volume.isEmpty && !volume.contains("/") && !volume.hasPrefix("."), "\(volume) is no name of a volume")
        guard FileManager.default.fileExists(atPath: path(of: volume)) else { return }
        try FileManager.default.removeItem(atPath: path(of: volume))
    }
}
