// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubePKI

/// A lab's data directory.
///
///     kubeconfig      for kubectl, as cluster administrator
///     controller-manager.conf   for an `updraft controller-manager` beside the lab
///     lab.json        LabState: who runs it, where, which addresses
///     images.yaml     image names → programs of this machine
///     metric-rules.yaml   rules of custom and external metrics, in the place of the built-in ones
///     pki/            certificates and keys, by kubeadm's names
///     store/          objects
///     logs/           of a detached lab
///     nodes/          pods' volumes, logs and process records
///     prometheus/     what its servers read: configuration, rules, targets
struct LabDirectory: Sendable {
    let path: String

    init(_ path: String) {
        let expanded = (path as NSString).expandingTildeInPath
        self.path = expanded.hasPrefix("/") ? expanded : FileManager.default.currentDirectoryPath + "/" + expanded
    }

    var kubeconfig: String { path + "/kubeconfig" }
    var controllerManagerKubeconfig: String { path + "/controller-manager.conf" }
    var stateFile: String { path + "/lab.json" }
    var pki: String { path + "/pki" }
    var store: String { path + "/store" }
    var logs: String { path + "/logs" }
    var images: String { path + "/images.yaml" }
    var metricRules: String { path + "/metric-rules.yaml" }
    var nodes: String { path + "/nodes" }
    var prometheus: String { path + "/prometheus" }
    var volumes: String { path + "/volumes" }

    /// Makes the directory and proves that it takes files.
    /// - Throws: `CommandFailure` naming the path, the system's reason and what to do.
    func prepare() throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw unusable("cannot make the data directory \(path)", error)
        }
        let probe = path + "/.write-test-\(getpid())"
        let descriptor = open(probe, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw CommandFailure(.failed, "cannot write to the data directory \(path): \(reason)", fix: Self.otherDirectory)
        }
        close(descriptor)
        unlink(probe)
        try refuseStrangers()
    }

    /// What is here says which programs run, and as root at that.
    private func refuseStrangers() throws {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        let sudoUser = ProcessInfo.processInfo.environment["SUDO_UID"].flatMap { UInt32($0) }
        guard status.st_uid == geteuid() || (geteuid() == 0 && status.st_uid == sudoUser) else {
            throw CommandFailure(.failed, "the data directory \(path) belongs to another user (\(status.st_uid))", fix: Self.otherDirectory)
        }
        guard status.st_mode & 0o022 == 0 else {
            throw CommandFailure(.failed, "other users may write to the data directory \(path)", fix: "chmod go-w \(path)")
        }
    }

    private static let otherDirectory = "name a directory of yours with --data-dir, or change the owner of this one"

    private func unusable(_ what: String, _ error: any Error) -> CommandFailure {
        CommandFailure(.failed, "\(what): \(Self.reason(error))", fix: Self.otherDirectory)
    }

    /// The system's own word for it ("Permission denied"), which Foundation buries.
    static func reason(_ error: any Error) -> String {
        let error = error as NSError
        if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError, cause.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(cause.code)))
        }
        if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
        return error.localizedDescription
    }

    /// Writes a file whole or not at all.
    func write(_ text: String, to file: String, permissions: Int = 0o600) throws {
        do {
            try PKIFile.write(text, to: file, mode: UInt32(permissions))
        } catch {
            throw CommandFailure(.failed, error.message, fix: "free space on that disk or name another --data-dir")
        }
    }

    func readState() -> LabState? {
        guard let data = FileManager.default.contents(atPath: stateFile) else { return nil }
        return try? JSONDecoder().decode(LabState.self, from: data)
    }

    func writeState(_ state: LabState) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try write(String(decoding: try encoder.encode(state), as: UTF8.self) + "\n", to: stateFile)
    }
}

/// What a lab leaves in its directory for `status`, `down` and the next `up`.
struct LabState: Codable, Sendable, Hashable {
    /// nil once it has stopped in order.
    var process: ProcessIdentity?
    /// Kept over restarts: stored Services have addresses in it.
    var block: UInt8
    var apiServer: String
    var metricsServer: String
    /// nil where there is none.
    var prometheus: String?
    var nodeCount: Int
    var isReady: Bool
    var version: String

    var isRunning: Bool { process?.isRunning ?? false }
}
