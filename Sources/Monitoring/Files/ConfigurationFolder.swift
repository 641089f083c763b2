// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubePKI

/// A folder that holds certain files and no others, each replaced whole.
struct ConfigurationFolder: Sendable {
    let path: String

    /// Brings the folder in line.
    /// - Parameters:
    ///   - files: By path below the folder.
    ///   - folders: Those that have to be there, whether or not a file is in them.
    ///   - mode: Of the files.
    /// - Returns: Whether anything changed.
    /// - Throws: `PKIError` naming the file, `CocoaError`.
    func write(_ files: [String: [UInt8]], folders: [String] = [], mode: UInt32 = 0o600) throws -> Bool {
        let manager = FileManager.default
        for folder in [""] + folders { try PKIFile.makeDirectory(folder.isEmpty ? path : "\(path)/\(folder)") }
        var hasChanged = false
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
            let file = "\(path)/\(name)"
            if let known = manager.contents(atPath: file), known.elementsEqual(bytes) { continue }
            try PKIFile.makeDirectory((file as NSString).deletingLastPathComponent)
            try PKIFile.write(bytes, to: file, mode: mode)
            hasChanged = true
        }
        for name in existing where files[name] == nil {
            try manager.removeItem(atPath: "\(path)/\(name)")
            hasChanged = true
        }
        return hasChanged
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    private var existing: [String] {
        (FileManager.default.subpaths(atPath: path) ?? []).filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder) && !isFolder.boolValue
        }
    }
}
