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
    /// Those that the options name, as they are now.
    static func all(_ options: MetricsServerOptions, _ connections: ClusterConnections, logger: Logger) -> [WatchedFiles] {
        let flags = options.flags
        var all: [WatchedFiles] = []
        func watch(_ names: [String], _ takeOver: @escaping @Sendable (MetricsServer) throws -> Void) {
            let paths = names.compactMap { flags.path($0) }
            guard !paths.isEmpty else { return }
            let read: @Sendable () -> [Data?] = { paths.map { FileManager.default.contents(atPath: $0) } }
            all.append(WatchedFiles(names.map { "--\($0)" }.joined(separator: ", "), read: read, takeOver: takeOver))
        }
        watch(["tls-cert-file", "tls-private-key-file"]) { server in
            try server.reload(servingCredential: try options.servingCredential(now: WallClock.now(), logger: logger))
        }
        watch(["client-ca-file"]) { server in
            if let pem = try options.authentication().clientCAPEM { try server.reload(clientCAPEM: pem) }
        }
        watch(["requestheader-client-ca-file"]) { server in
            if let pem = try options.authentication().requestHeader?.clientCAPEM { try server.reload(requestHeaderCAPEM: pem) }
        }
        watch(["rules"]) { server in
            if let path = flags.path("rules") { server.reload(rules: try RulesFile(path: path).configuration()) }
        }
        let main = connections.all.first
        watch(["kubelet-client-certificate", "kubelet-client-key", "kubelet-certificate-authority"]) { server in
            if let main { try server.reload(kubelet: try options.kubelet(try main.configuration())) }
        }
        for (index, connection) in connections.all.enumerated()
        where !connections.all[..<index].contains(where: { $0.flag == connection.flag }) {
            let transports = connections.all.filter { $0.flag == connection.flag }.map(\.transport)
            let read: @Sendable () -> [Data?] = { connection.contents }
            all.append(
                WatchedFiles(connection.flag, read: read) { server in
                    let configuration = try connection.configuration()
                    for transport in transports { try transport.replace(configuration) }
                    // Kubelets know the same user by the same credentials, unless flags say otherwise.
                    if index == 0 { try server.reload(kubelet: try options.kubelet(configuration)) }
                })
        }
        return all
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
