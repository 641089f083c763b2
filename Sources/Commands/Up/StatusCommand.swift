// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import KubeClient
import KubeCoding
import KubeModel

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say whether a lab runs, and how its parts are.",
        discussion:
            "Examples:\n  updraft status\n  updraft status --data-dir /tmp/lab -o json\n\nExits with 0 if it runs and is ready, with 1 otherwise.")

    @OptionGroup var directory: DataDirectoryOption
    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print it: text or json.")
    var output: Timeline.Format = .text

    func run() async throws {
        let directory = LabDirectory(directory.dataDirectory)
        let report = try await LabStatus.read(directory)
        switch output {
        case .text: print(report.text)
        case .json: print(report.json.encodedText)
        }
        guard report.isReady else { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }
}

extension Timeline.Format: ExpressibleByArgument {}

struct DataDirectoryOption: ParsableArguments {
    @Option(name: .customLong("data-dir"), help: "Where the lab keeps its state.")
    var dataDirectory = "~/.updraft"
}
