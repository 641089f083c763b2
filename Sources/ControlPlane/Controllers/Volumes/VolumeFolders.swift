// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Where the folders are that stand for volumes, on a machine that all nodes share; supplied by whoever puts a lab together.
package protocol VolumeFolders: Sendable {
    /// Absolute; the folder may not be there yet.
    func path(of volume: String) -> String
    /// Makes the folder, unless it is there.
    func make(_ volume: String) throws
    /// Removes the folder with all that is in it; one that is gone already is fine.
    func remove(_ volume: String) throws
}
