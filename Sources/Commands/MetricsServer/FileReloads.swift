// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MetricsAPI
import ServiceLifecycle

/// Takes over what the files that flags name say once they change: certificates and authorities are replaced under a running server.
struct FileReloads: Service {
    private static let period = Duration.seconds(5)

    let watched: [WatchedFiles]
    let server: MetricsServer
    let logger: Logger

    func run() async throws { await cancelWhenGracefulShutdown { await follow() } }

    private func follow() async {
        var watched = watched
        while (try? await Task.sleep(for: Self.period)) != nil {
            for index in watched.indices where watched[index].haveChanged() { takeOver(watched[index]) }
        }
    }

    /// Half of a pair may be written; it is told once, and tried again when the files change again.
    private func takeOver(_ files: WatchedFiles) {
        do {
            try files.takeOver(by: server)
            logger.info("took over files that changed", metadata: ["flags": "\(files.flags)"])
        } catch {
            let text = (error as? CommandFailure)?.message ?? "\(error)"
            logger.error(
                "cannot take over files that changed; what they said before counts on", metadata: ["flags": "\(files.flags)", "error": "\(text)"])
        }
    }
}
