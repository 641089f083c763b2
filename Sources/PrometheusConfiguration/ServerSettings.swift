// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// What of a Prometheus object the server takes on its command line, or what is good to know beside it.
package struct ServerSettings: Sendable, Hashable {
    /// Each `--name=value`, in the order of the names; not through a shell.
    package var arguments: [String] { flags.sorted { $0.key < $1.key }.map { "--\($0.key)=\($0.value)" } + switches.sorted().map { "--\($0)" } }

    /// By flag, without dashes.
    package var flags: [String: String] = [:]
    /// Flags that take no value.
    package var switches: Set<String> = []
    /// How often targets are scraped whose monitor says nothing; also in the configuration.
    package var scrapeInterval: Duration = .seconds(30)
    /// How often rules are evaluated whose group says nothing; also in the configuration.
    package var evaluationInterval: Duration = .seconds(30)

    package init() {}

    /// Where users find the server; nil where nobody said.
    package var externalURL: String? { flags["web.external-url"] }
    /// Below which all paths of the server stand: `/`, or as the Prometheus object says.
    package var routePrefix: String { flags["web.route-prefix"] ?? "/" }
    package var retentionTime: String? { flags["storage.tsdb.retention.time"] }
    package var retentionSize: String? { flags["storage.tsdb.retention.size"] }
}
