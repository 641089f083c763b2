// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient

/// The connections to API servers that a command has opened.
struct ClusterConnections {
    struct Connection: Sendable {
        /// That names the kubeconfig.
        var flag: String
        /// nil for the cluster that this runs in.
        var kubeconfig: String?
        var transport: ReloadableTransport
        /// Whose requests these are.
        var program: String

        /// As its files say now.
        /// - Throws: `CommandFailure` naming the flag.
        func configuration() throws -> ClientConfiguration { try ClusterConnections.configuration(kubeconfig, flag: flag) }

        var client: KubeClient { KubeClient(transport: transport, userAgent: "updraft/\(Version.text) \(program)") }
    }

    /// How long reviews of tokens and of access may take, and with them the requests that wait for these.
    /// - Source: k8s.io/apiserver pkg/server/options/{authentication,authorization}.go, 10 s
    static let reviewTime = Duration.seconds(10)

    /// The command, as API servers see it.
    let program: String
    private(set) var all: [Connection] = []

    init(program: String) { self.program = program }

    /// - Parameter kubeconfig: nil for the cluster that this runs in.
    mutating func open(_ kubeconfig: String?, flag: String, timeLimit: Duration = .seconds(60)) throws -> Connection {
        do {
            let transport = try ReloadableTransport(try Self.configuration(kubeconfig, flag: flag), timeLimit: timeLimit)
            let connection = Connection(flag: flag, kubeconfig: kubeconfig, transport: transport, program: program)
            all.append(connection)
            return connection
        } catch let error as ClientError {
            throw CommandFailure(.usage, "\(flag): \(error.message)")
        }
    }

    func shutdown() async { for connection in all { try? await connection.transport.shutdown() } }

    /// - Throws: `CommandFailure` naming the flag.
    static func configuration(_ kubeconfig: String?, flag: String) throws -> ClientConfiguration {
        do {
            return try ClientConfiguration.chosen(kubeconfig, flag: flag)
        } catch let error as ClientError {
            throw CommandFailure(.usage, "\(flag): \(error.message)")
        }
    }
}
