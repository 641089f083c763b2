// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CLinux
import Foundation

/// Runs between the agent and a container's program: enters the cgroups, mounts the volumes in a namespace of its own, and
/// becomes the program. `updraft pod-launcher PLAN` is no command for users.
package enum PodLauncher {
    package static let command = "pod-launcher"
    /// What a shell says of a command that cannot be run.
    static let failureCode: Int32 = 127

    /// Returns only on failure, with the exit code, after a line on standard error that says why.
    package static func main(arguments: [String]) -> Int32 {
        guard let text = arguments.first, let plan = LaunchPlan(json: text) else { return fail("no launch plan") }
        for file in plan.cgroups {
            do { try "0".write(toFile: file, atomically: false, encoding: .utf8) } catch { return fail("cannot enter \(file): \(error)") }
        }
        if !plan.mounts.isEmpty {
            do { try VolumeMounts.make(plan) } catch { return fail("\(error)") }
        }
        // Where a working directory is not there, the root of the file system is.
        if chdir(plan.workingDirectory) != 0, chdir("/") != 0 { return fail("cannot enter \(plan.workingDirectory)") }
        var arguments = plan.command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let code = updraft_exec(plan.command[0], &arguments, environ)
        return fail("cannot run \(plan.command[0]): \(String(cString: strerror(code)))")
    }

    private static func fail(_ message: String) -> Int32 {
        FileHandle.standardError.write(Data("updraft: \(message)\n".utf8))
        return failureCode
    }
}

/// Makes a pod's volumes appear at the container's paths, in the mount namespace of this process alone.
enum VolumeMounts {
    static func make(_ plan: LaunchPlan) throws(NodeAgentError) {
        try check(updraft_private_mounts(), "cannot make a mount namespace (volumes need root)")
        var shadows = 0
        // Outer paths first, so that one mount does not hide another below it.
        for mount in plan.mounts.sorted(by: { $0.target.utf8.count < $1.target.utf8.count }) {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: mount.source, isDirectory: &isDirectory) else {
                throw NodeAgentError(.volume, "nothing is at \(mount.source) to mount at \(mount.target)")
            }
            if !FileManager.default.fileExists(atPath: mount.target) {
                try makeMountPoint(mount.target, isDirectory: isDirectory.boolValue, scratch: "\(plan.scratch)/\(shadows)")
                shadows += 1
            }
            try check(updraft_mount_bind(mount.source, mount.target, mount.isReadOnly ? 1 : 0), "cannot mount \(mount.source) at \(mount.target)")
        }
    }

    /// Makes a place that the host does not have without leaving it there: in a layer over the nearest folder that exists.
    private static func makeMountPoint(_ path: String, isDirectory: Bool, scratch: String) throws(NodeAgentError) {
        var parent = (path as NSString).deletingLastPathComponent
        while !FileManager.default.fileExists(atPath: parent) { parent = (parent as NSString).deletingLastPathComponent }
        if parent == "/" {
            try enterNewRoot(scratch)
        } else if !coverByOverlay(parent, scratch) {
            try coverByCopies(parent, scratch)
        }
        do {
            let folder = isDirectory ? path : (path as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            if !isDirectory { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        } catch {
            throw NodeAgentError(.volume, "cannot make the mount point \(path): \(error.localizedDescription)")
        }
    }

    private static func coverByOverlay(_ folder: String, _ scratch: String) -> Bool {
        let upper = scratch + "/upper"
        let work = scratch + "/work"
        for path in [upper, work] { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        // The option list is separated by commas and colons.
        guard ![folder, scratch].contains(where: { $0.contains(",") || $0.contains(":") }) else { return false }
        return updraft_mount_overlay(folder, "lowerdir=\(folder),upperdir=\(upper),workdir=\(work)") == 0
    }

    /// Where overlays are not to be had: an empty folder in which everything of the old one is mounted again.
    private static func coverByCopies(_ folder: String, _ scratch: String) throws(NodeAgentError) {
        let shadow = scratch + "/shadow"
        try fill(shadow, with: folder)
        try check(updraft_mount_recursive(shadow, folder), "cannot cover \(folder)")
    }

    /// For mount points in the root folder itself, which cannot be covered: a root of the pod's own.
    private static func enterNewRoot(_ scratch: String) throws(NodeAgentError) {
        let root = scratch + "/root"
        try fill(root, with: "/")
        guard chroot(root) == 0, chdir("/") == 0 else { throw NodeAgentError(.volume, "cannot enter the pod's root: \(String(cString: strerror(errno)))") }
    }

    private static func fill(_ shadow: String, with folder: String) throws(NodeAgentError) {
        do {
            try FileManager.default.createDirectory(atPath: shadow, withIntermediateDirectories: true)
        } catch {
            throw NodeAgentError(.volume, "cannot make \(shadow): \(error.localizedDescription)")
        }
        try check(updraft_mount_tmpfs(shadow), "cannot mount a tmpfs at \(shadow)")
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let source = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
            let target = "\(shadow)/\(name)"
            if let link = try? FileManager.default.destinationOfSymbolicLink(atPath: source) {
                try? FileManager.default.createSymbolicLink(atPath: target, withDestinationPath: link)
                continue
            }
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: source, isDirectory: &isDirectory) else { continue }
            if isDirectory.boolValue {
                try? FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
            } else {
                _ = FileManager.default.createFile(atPath: target, contents: nil)
            }
            try check(updraft_mount_recursive(source, target), "cannot mount \(source)")
        }
    }

    private static func check(_ code: Int32, _ what: String) throws(NodeAgentError) {
        guard code == 0 else { throw NodeAgentError(.volume, "\(what): \(String(cString: strerror(code)))") }
    }
}
