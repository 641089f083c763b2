// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// `https://prometheus.example:9090/prefix?parameter=value`, taken apart.
package struct PrometheusAddress: Sendable, Hashable {
    /// `https://prometheus.example:9090`
    package var server: String
    /// Without a slash at its end.
    package var pathPrefix: String
    package var parameters: String

    /// nil where it is no address of a server.
    package init?(_ text: String) {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return nil }
        let rest = text.dropFirst(scheme.count).prefix { $0 != "#" }
        let host = rest.prefix { $0 != "/" && $0 != "?" }
        guard !host.isEmpty, !host.contains("@"), host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let path = rest.dropFirst(host.count).prefix { $0 != "?" }
        let query = rest.dropFirst(host.count + path.count).dropFirst()
        guard (path + query).utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        server = scheme + host
        var prefix = path
        while prefix.hasSuffix("/") { prefix.removeLast() }
        pathPrefix = String(prefix)
        parameters = String(query)
    }
}
