// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import KubeModel
import Subprocess
import SystemPackage

/// How a container's program ended.
struct ExitStatus: Sendable, Hashable {
    /// As a shell tells it: 128 and the signal where one ended it.
    var code: Int32
    var signal: Int32?
}

/// Starts a container's program through the launcher, in a process group of its own, and waits for its end.
struct ContainerProcess: Sendable {
    /// This program, whose `pod-launcher` it runs as first.
    var launcher: String
    var plan: LaunchPlan
    var environment: [String: String]
    /// Where standard output and error go, appended.
    var log: String

    /// - Parameter onStart: Told the process, which is also its process group's number.
    /// - Throws: `NodeAgentError` where it cannot be started.
    func run(onStart: @Sendable @escaping (Int32) async -> Void) async throws -> ExitStatus {
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(log, .writeOnly, options: [.append, .create, .closeOnExec], permissions: [.ownerReadWrite])
        } catch {
            throw NodeAgentError(.files, "cannot write the log \(log): \(error)")
        }
        defer { try? descriptor.close() }
        var options = PlatformOptions()
        options.processGroupID = 0
        let variables = Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
        do {
            let result = try await Subprocess.run(
                .path(FilePath(launcher)), arguments: Arguments([PodLauncher.command, plan.json.encodedText]), environment: .custom(variables),
                platformOptions: options, input: .none, output: .fileDescriptor(descriptor, closeAfterSpawningProcess: false),
                error: .fileDescriptor(descriptor, closeAfterSpawningProcess: false)
            ) { execution in
                await onStart(execution.processIdentifier.value)
            }
            return switch result.terminationStatus {
            case .exited(let code): ExitStatus(code: code, signal: nil)
            case .signaled(let signal): ExitStatus(code: 128 + signal, signal: signal)
            }
        } catch {
            throw NodeAgentError(.launch, "cannot start \(plan.command[0]): \(error)")
        }
    }

    /// To the whole process group; one that is gone is fine.
    static func signal(_ number: Int32, processGroup: Int32) { if processGroup > 1 { Glibc.kill(-processGroup, number) } }
}
