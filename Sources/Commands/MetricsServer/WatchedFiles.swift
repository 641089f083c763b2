// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import DelegatedAccess
import Foundation
import KubeClient
import KubePKI
import Logging
import MetricsAPI

/// One or more files that are taken over together, and what they said when last looked at.
struct WatchedFiles: Sendable {
    /// For the log: the flags that name them.
    var flags: String
    private let read: @Sendable () -> [Data?]
    private let apply: @Sendable (MetricsServer) throws -> Void
    private var known: [Data?]

    init(_ flags: String, read: @escaping @Sendable () -> [Data?], takeOver: @escaping @Sendable (MetricsServer) throws -> Void) {
        self.flags = flags
        self.read = read
        apply = takeOver
        known = read()
    }

    /// Whether they say something else than before; it is known from then on, so that what is wrong is told once.
    mutating func haveChanged() -> Bool {
        let found = read()
        defer { known = found }
        return found != known
    }

    /// - Throws: what is wrong with them; what was there before then counts on.
    func takeOver(by server: MetricsServer) throws { try apply(server) }
}

extension WatchedFiles {
    /// Files that flags name.
    /// - Parameter takeOver: Told that they say something else.
    static func named(_ names: [String], by flags: FlagValues, takeOver: @escaping @Sendable (MetricsServer) throws -> Void) -> [WatchedFiles] {
        let paths = names.compactMap { flags.path($0) }
        guard !paths.isEmpty else { return [] }
        let read: @Sendable () -> [Data?] = { paths.map { FileManager.default.contents(atPath: $0) } }
        return [WatchedFiles(names.map { "--\($0)" }.joined(separator: ", "), read: read, takeOver: takeOver)]
    }

    /// Those that the options name.
    static func all(_ options: ServerOptions, logger: Logger) -> [WatchedFiles] {
        let flags = options.flags
        return named(["tls-cert-file", "tls-private-key-file"], by: flags) { server in
            try server.reload(servingCredential: try options.servingCredential(now: WallClock.now(), logger: logger))
        }
            + named(["client-ca-file"], by: flags) { server in
                if let pem = try options.authentication().clientCAPEM { try server.reload(clientCAPEM: pem) }
            }
            + named(["requestheader-client-ca-file"], by: flags) { server in
                if let pem = try options.authentication().requestHeader?.clientCAPEM { try server.reload(requestHeaderCAPEM: pem) }
            }
    }

    /// Those by which rules are read and Prometheus is asked.
    static func all(_ rules: RulesFlags, prometheus: ReloadableTransport) -> [WatchedFiles] {
        let contents = RulesFileContents(rules)
        return [WatchedFiles("--\(rules.fileFlag)", read: { contents.read() }, takeOver: { server in server.reload(rules: try rules.rules()) })]
            + named(RulesFlags.credentialFlags, by: rules.flags) { _ in try prometheus.replace(try rules.connection()) }
    }

    /// Those of the clusters that are asked.
    /// - Parameter takeOver: Told how the first one, the main one, is reached from now on.
    static func all(
        _ connections: ClusterConnections, takeOver: @escaping @Sendable (ClientConfiguration, MetricsServer) throws -> Void
    ) -> [WatchedFiles] {
        connections.all.enumerated().compactMap { index, connection in
            guard !connections.all[..<index].contains(where: { $0.flag == connection.flag }) else { return nil }
            let transports = connections.all.filter { $0.flag == connection.flag }.map(\.transport)
            let read: @Sendable () -> [Data?] = { connection.contents }
            return WatchedFiles(connection.flag, read: read) { server in
                let configuration = try connection.configuration()
                for transport in transports { try transport.replace(configuration) }
                if index == 0 { try takeOver(configuration, server) }
            }
        }
    }
}

extension ClusterConnections.Connection {
    /// Of the kubeconfig and the files it names, in parts; a token's file is read again by itself.
    fileprivate var contents: [Data?] {
        guard let configuration = try? configuration() else { return [] }
        return [configuration.server, configuration.caPEM, configuration.certificatePEM, configuration.keyPEM, configuration.token].map { text in
            text.map { Data($0.utf8) }
        }
    }
}
