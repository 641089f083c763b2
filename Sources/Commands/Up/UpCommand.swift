// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Run the whole pipeline in the foreground until Ctrl-C.",
        discussion: """
            Examples:
              updraft up
              updraft up --data-dir /tmp/lab --port-offset 100 -o json
              updraft up --detach --wait 60s && updraft status && updraft down

            State stays in the data directory, and the next `up` goes on from it. kubectl reads <data-dir>/kubeconfig.
            """)

    @OptionGroup var options: LabOptions

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to show what happens: text, or json (one object a line).")
    var output: Timeline.Format = .text

    @Flag(help: "Go on in the background; see also `updraft status` and `updraft down`.")
    var detach = false

    @Option(help: "With --detach: how long to wait until it is ready.")
    var wait = DurationArgument(.seconds(60))

    func run() async throws {
        if detach {
            try await DetachedLab.start(LabDirectory(options.directory.dataDirectory), wait: wait.duration)
            return
        }
        let timeline = Timeline(format: output)
        defer { timeline.finish() }
        let lab = Lab(configuration: try LabConfiguration(options), timeline: timeline)
        try await lab.run { running in
            timeline.emit(.step, "ready; Ctrl-C stops it all. In another terminal:")
            timeline.emit(.step, "kubectl --kubeconfig \(running.directory.kubeconfig) get nodes")
            try await Task.sleep(for: .seconds(Int64.max / 4_000_000_000))
        }
    }
}
