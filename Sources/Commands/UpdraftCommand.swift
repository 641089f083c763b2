// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// The one executable; each subcommand has its own folder.
package struct UpdraftCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "updraft",
        abstract: "The Kubernetes autoscaling pipeline in one program: run it, prove it, explain it.",
        discussion: """
            Examples:
              updraft demo                   the guide, end to end, in a temporary directory
              updraft up                     a lab that kubectl talks to; Ctrl-C stops it
              updraft up --detach --wait 60s && kubectl --kubeconfig ~/.updraft/kubeconfig get nodes

            Exit codes: 0 fine, 1 the thing asked for did not hold, 2 wrong usage, 3 could not reach something.
            """,
        version: Version.text,
        subcommands: [
            UpCommand.self, StatusCommand.self, DownCommand.self, DemoCommand.self, ControllerManagerCommand.self, MetricsServerCommand.self,
            PrometheusAdapterCommand.self, ManifestsCommand.self, ExplainCommand.self, RulesCommand.self, LoadCommand.self, VersionCommand.self,
        ])

    package init() {}

    /// Runs what the command line asks for and ends the process with the exit code that the outcome stands for.
    package static func runAndExit() async -> Never {
        var arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == HiddenCommands.ownSession {
            // A terminal's hangup and Ctrl-C are not meant for a lab in the background.
            setsid()
            arguments.removeFirst()
        }
        if let status = await HiddenCommands.runDirectly(arguments) { Glibc.exit(status) }
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            Glibc.exit(0)
        } catch let failure as CommandFailure {
            StandardError.write(failure.report)
            Glibc.exit(failure.code.rawValue)
        } catch {
            // Help and --version arrive here too, with code 0 and their text for standard output.
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if !text.isEmpty { code.isSuccess ? print(text) : StandardError.write(text) }
            Glibc.exit(code.isSuccess ? 0 : code == .validationFailure ? CommandFailure.Code.usage.rawValue : CommandFailure.Code.failed.rawValue)
        }
    }
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version.", discussion: "Example: updraft version")

    func run() { print("updraft \(Version.text) (serves the API of Kubernetes \(Version.kubernetes))") }
}

enum Version {
    static let text = "0.1.0"
    static let kubernetes = "1.36"
}
