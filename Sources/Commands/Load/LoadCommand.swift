// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import KubeModel
import Telemetry

/// `updraft load`: HTTP load with live figures.
package struct LoadCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Put HTTP load on a service and show what came of it.",
        discussion: """
            Example: 1000 connections for 30 seconds, 100,000 requests at most, by ab where it is installed:

              updraft load http://127.0.0.1:9898/ --concurrency 1000 --requests 100000 --duration 30s

            Exit code: 0 if every request was answered well, 1 if some were not, 3 if none could be sent.
            """)

    enum Driver: String, ExpressibleByArgument, CaseIterable { case auto, ab, updraft }
    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Argument(help: "What to load: http://HOST[:PORT][/PATH], on this machine unless --allow-remote is given.")
    var url: String

    @Option(name: [.short, .long], help: "Requests under way at once.")
    var concurrency = 50

    @Option(name: [.customShort("n"), .long], help: "Requests in all, at most.")
    var requests = 100_000

    @Option(name: [.customShort("t"), .long], help: "How long, at most: 500ms, 30s, 5m or 1h.")
    var duration = LoadDuration(.seconds(30))

    @Option(help: "How long one request may take.")
    var requestTimeout = LoadDuration(.seconds(30))

    @Flag(name: [.short, .long], help: "Send several requests over one connection.")
    var keepAlive = false

    @Option(help: "Who makes the load: ab, updraft, or auto (ab where it is installed).")
    var driver = Driver.auto

    @Option(name: [.short, .long], help: "How to print the result: text or json.")
    var output = Output.text

    @Flag(help: "Load a machine other than this one. Only do so with the consent of who runs it.")
    var allowRemote = false

    package init() {}

    package func run() async throws {
        let plan: LoadPlan
        let report: LoadReport
        do {
            plan = LoadPlan(
                target: try LoadTarget(url, allowsRemote: allowRemote), concurrency: concurrency, maximumRequests: requests, duration: duration.value,
                keepsAlive: keepAlive, requestTimeout: requestTimeout.value)
            let display = LoadDisplay(isTerminal: isatty(STDERR_FILENO) == 1)
            report = try await chosenDriver().run(plan) { display.show($0) }
            display.finish()
        } catch let error as LoadError {
            LogSink.file(STDERR_FILENO).write("updraft load: \(error.message)\n")
            throw ExitCode(error.code == .usage ? 2 : 3)
        }
        print(output == .json ? report.json.encodedText : report.text)
        guard report.failed == 0 else { throw ExitCode(1) }
    }

    private func chosenDriver() async throws(LoadError) -> any LoadDriver {
        let ab = AbLoad()
        switch driver {
        case .updraft: return LoadGenerator()
        case .auto: return await ab.isInstalled() ? ab : LoadGenerator()
        case .ab:
            guard await ab.isInstalled() else {
                throw LoadError(.driver, "ab is not installed: apt-get install apache2-utils, or leave out --driver ab")
            }
            return ab
        }
    }
}

/// A duration as users write it.
package struct LoadDuration: ExpressibleByArgument, CustomStringConvertible, Sendable {
    package let value: Duration

    package init(_ value: Duration) { self.value = value }

    package init?(argument: String) {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        guard let unit = units.first(where: { argument.hasSuffix($0.0) }),
            let number = Double(argument.dropLast(unit.0.count)), number.isFinite, number >= 0, number * unit.1 < 1e9
        else { return nil }
        value = .milliseconds((number * unit.1 * 1000).rounded())
    }

    package var description: String {
        let milliseconds = value.nanoseconds / 1_000_000
        return milliseconds.isMultiple(of: 1000) ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
