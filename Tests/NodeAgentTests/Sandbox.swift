// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import KubeModel
import Synchronization
import Testing

@testable import NodeAgent

/// A folder, a host of processes and cgroups for one test, and none of them after it.
struct Sandbox: Sendable {
    let folder: String
    let groups: any ResourceGroups
    let host: ProcessHost

    /// Runs a test's body and takes everything away, whatever becomes of it.
    static func with(_ body: (Sandbox) async throws -> Void) async throws {
        let name = "updraft-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let folder = NSTemporaryDirectory() + name
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let sandbox = Sandbox(folder: folder, groups: ResourceGroupsDetection.detect(lab: name), host: ProcessHost { wallClock() })
        do {
            try await body(sandbox)
        } catch {
            sandbox.remove()
            throw error
        }
        sandbox.remove()
    }

    private func remove() {
        host.stop()
        groups.removeAll()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A shell script as a container's program.
    func launch(_ script: String, name: String = "main", mounts: [MountPlan.Mount] = [], groups: [String] = []) throws -> ContainerLaunch {
        let scratch = "\(folder)/scratch-\(name)"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        return ContainerLaunch(
            groups: groups, mounts: mounts, scratch: scratch, workingDirectory: nil, command: ["/bin/sh", "-c", script],
            environment: ["PATH": "/usr/bin:/bin"], log: "\(folder)/\(name).log")
    }

    /// What a script printed, once it ended.
    func output(of script: String, mounts: [MountPlan.Mount] = []) async throws -> String {
        let launch = try launch(script, name: "run\(UInt32.random(in: 0 ... .max))", mounts: mounts)
        let process = try await launch.start(on: host)
        _ = await process.waitForExit()
        return printed(launch.log)
    }

    func printed(_ log: String, _ options: LogOptions = LogOptions()) -> String {
        guard let reader = LogReader(log, lastLines: options.tailLines) else { return "" }
        var text: [UInt8] = []
        while case let records = reader.records(), !records.isEmpty { text += options.text(of: records) }
        return String(decoding: text, as: UTF8.self)
    }
}

func wallClock() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
}

/// Asks every 5 ms until something holds; false where it did not within the time.
func eventually(within limit: Duration = .seconds(60), _ condition: () async throws -> Bool) async rethrows -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return try await condition()
}

let isRoot = getuid() == 0
