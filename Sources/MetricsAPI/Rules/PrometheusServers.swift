// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Logging
import MetricRules
import PrometheusClient
import Synchronization

/// The servers that rules are asked of, by their names: the one that flags name, whose name is empty, and those of the rules file.
///
/// Each has a client and a cache of its own, so that one that is away is so for its rules only.
final class PrometheusServers: Sendable {
    private struct Server {
        var settings: PrometheusServer
        var answers: PrometheusAnswers
    }

    private struct State {
        var servers: [String: Server] = [:]
        /// Why there is no way to a server.
        var problems: [String: String] = [:]
    }

    private let main: PrometheusAnswers
    private let connect: RuledMetricsConfiguration.Connect
    private let logger: Logger
    private let state = Mutex(State())

    init(_ configuration: RuledMetricsConfiguration, logger: Logger) {
        main = PrometheusAnswers(configuration.prometheus)
        connect = configuration.connect
        self.logger = logger
        replace(configuration.rules.servers)
    }

    /// Connects to all anew, by what their files say now; a server whose files cannot be used keeps what it had if it is the same still.
    func replace(_ named: [String: PrometheusServer]) {
        let before = state.withLock { $0 }
        var fresh = State()
        for (name, settings) in named {
            do {
                fresh.servers[name] = Server(settings: settings, answers: PrometheusAnswers(try connect(settings)))
            } catch {
                logger.error("a Prometheus server of the rules cannot be used", metadata: ["server": "\(name)", "error": "\(error)"])
                if let kept = before.servers[name], kept.settings == settings {
                    fresh.servers[name] = kept
                } else {
                    fresh.problems[name] = "\(error)"
                }
            }
        }
        state.withLock { $0 = fresh }
    }

    /// What a server answers.
    /// - Throws: `UnusableServer`.
    func answers(of name: String) throws(UnusableServer) -> PrometheusAnswers {
        if name.isEmpty { return main }
        let (server, problem, known) = state.withLock { ($0.servers[name], $0.problems[name], Set($0.servers.keys).union($0.problems.keys)) }
        if let server { return server.answers }
        if let problem { throw UnusableServer(description: "server \(name): \(problem)") }
        let names = known.isEmpty ? "there are none" : "there are \(known.sorted().joined(separator: ", "))"
        throw UnusableServer(description: "no server is named \(name) under servers: \(names)")
    }

    /// - Throws: `APIError`, as `PrometheusAnswers.samples`.
    func samples(_ query: String, of name: String) async throws -> [Sample] {
        let answers: PrometheusAnswers
        do throws(UnusableServer) { answers = try self.answers(of: name) } catch { throw APIError.internalError("unable to fetch metrics: \(error)") }
        return try await answers.samples(query)
    }
}

/// Why a server that a rule names cannot be asked.
struct UnusableServer: Error, CustomStringConvertible {
    var description: String
}
