// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// One run of a container, as it is to be started.
struct ContainerLaunch: Sendable {
    /// `cgroup.procs` files to enter.
    var groups: [String]
    var mounts: [MountPlan.Mount]
    /// An empty folder of the run's own.
    var scratch: String
    /// nil: the scratch folder.
    var workingDirectory: String?
    /// An absolute path comes first.
    var command: [String]
    var environment: [String: String]
    /// Where what it prints is kept.
    var log: String

    /// - Throws: `NodeAgentError` naming the mount or program that failed.
    func start(on host: ProcessHost) async throws(NodeAgentError) -> RunningProcess {
        do {
            return try await host.start(try process(usesOverlays: true), log: log)
        } catch  where error.code == .volume && !mounts.isEmpty {
            // Overlays may be what failed: not every file system carries them. Then without.
            return try await host.start(try process(usesOverlays: false), log: log)
        }
    }

    func process(usesOverlays: Bool) throws(NodeAgentError) -> ProcessLaunch {
        var plan = try MountPlan(mounts, scratch: scratch, usesOverlays: usesOverlays)
        for folder in plan.folders {
            let status = KernelFile.makeFolders(folder)
            guard status == 0 else { throw NodeAgentError(.files, "cannot make \(folder): \(String(cString: strerror(status)))") }
        }
        let executable = plan.holdIfHidden(command[0], by: mounts)
        let directory = workingDirectory ?? plan.reachableScratch
        return ProcessLaunch(
            executable: executable, arguments: command, environment: environment.map { "\($0.key)=\($0.value)" }.sorted(),
            steps: groups.map { .write("0", to: $0) } + plan.steps + [.changeDirectory(directory)])
    }
}

enum ProcessSignal {
    /// To a whole process group; one that is gone is fine.
    static func send(_ number: Int32, processGroup: Int32) { if processGroup > 1 { kill(-processGroup, number) } }
}
