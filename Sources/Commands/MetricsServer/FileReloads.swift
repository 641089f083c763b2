// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import APIServerKit
import DelegatedAccess
import KubeClient
import KubePKI
import Logging
import MetricsAPI
import ServiceLifecycle

/// Takes over what the files that flags name say once they change: certificates and authorities are replaced under a running server.
struct FileReloads: Service {
    /// One or more files that are taken over together.
    struct Watched: Sendable {
        var flag: String
        var files: [String]
        /// - Throws: what is wrong with them; what was there before then counts on.
        var reload: @Sendable () throws -> Void
    }

    private static let period = Duration.seconds(5)

    let watched: [Watched]
    let logger: Logger

    init(watched: [Watched], logger: Logger) {
        self.watched = watched
        self.logger = logger
    }

    init(_ options: MetricsServerOptions, _ server: MetricsServer, cluster: ClientConfiguration, logger: Logger) {
        let flags = options.flags
        var watched: [Watched] = []
        func watch(_ names: [String], _ reload: @escaping @Sendable () throws -> Void) {
            let files = names.compactMap { flags.path($0) }
            guard !files.isEmpty else { return }
            watched.append(Watched(flag: names.map { "--\($0)" }.joined(separator: ", "), files: files, reload: reload))
        }
        watch(["tls-cert-file", "tls-private-key-file"]) {
            try server.reload(servingCredential: try options.servingCredential(now: WallClock.now(), logger: logger))
        }
        watch(["client-ca-file"]) {
            if let pem = try options.authentication().clientCAPEM { try server.reload(clientCAPEM: pem) }
        }
        watch(["requestheader-client-ca-file"]) {
            if let pem = try options.authentication().requestHeader?.clientCAPEM { try server.reload(requestHeaderCAPEM: pem) }
        }
        watch(["kubelet-client-certificate", "kubelet-client-key", "kubelet-certificate-authority"]) {
            try server.reload(kubelet: try options.kubelet(cluster))
        }
        self.init(watched: watched, logger: logger)
    }

    func run() async throws { await cancelWhenGracefulShutdown { await follow() } }

    private func follow() async {
        var known = watched.map(contents)
        while true {
            do { try await Task.sleep(for: Self.period) } catch { return }
            for (index, one) in watched.enumerated() {
                let found = contents(one)
                guard found != known[index] else { continue }
                // Half of a pair may be written; it is told once, and tried again when the files change again.
                known[index] = found
                do {
                    try one.reload()
                    logger.info("took over files that changed", metadata: ["flags": "\(one.flag)", "files": "\(one.files.joined(separator: ", "))"])
                } catch {
                    let text = (error as? CommandFailure)?.message ?? "\(error)"
                    logger.error(
                        "cannot take over files that changed; what they said before counts on",
                        metadata: ["flags": "\(one.flag)", "error": "\(text)"])
                }
            }
        }
    }

    private func contents(_ watched: Watched) -> [Data?] { watched.files.map { FileManager.default.contents(atPath: $0) } }
}
