// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Stop a lab and its pods; its objects stay on disk for the next `up`.",
        discussion: "Example: updraft down --data-dir /tmp/lab")

    @OptionGroup var directory: DataDirectoryOption
    @Option(help: "How long to wait for pods to end before they are killed, such as 30s.")
    var wait: DurationArgument = DurationArgument(.seconds(60))

    func run() async throws {
        let directory = LabDirectory(directory.dataDirectory)
        guard let state = directory.readState(), let process = state.process, process.isRunning else {
            print("no lab runs in \(directory.path)")
            return
        }
        guard kill(process.processID, SIGTERM) == 0 else {
            throw CommandFailure(
                .failed, "cannot stop process \(process.processID): \(String(cString: strerror(errno)))",
                fix: "run `updraft down` as the user who started it")
        }
        let deadline = ContinuousClock.now + wait.duration
        while process.isRunning {
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(
                    .failed, "process \(process.processID) still runs after \(wait.duration.components.seconds) s",
                    fix: "wait longer (--wait 2m), or end it with: kill -9 \(process.processID)  (the next `updraft up` clears what it leaves)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        print("stopped the lab in \(directory.path)")
    }
}
