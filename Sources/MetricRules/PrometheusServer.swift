// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A Prometheus server that a configuration file names, and how it is asked.
package struct PrometheusServer: Sendable, Hashable {
    /// It may have a path and parameters.
    package var url = ""
    /// The authority that its certificate is verified by; empty for the system's.
    package var caFile = ""
    package var tokenFile = ""
    package var certFile = ""
    package var keyFile = ""
    package var headers: [String: String] = [:]
    /// Empty for GET.
    package var verb = ""

    /// The files that are read once the server is connected to; that of the token is read as it is used.
    package var credentialFiles: [String] { [caFile, certFile, keyFile].filter { !$0.isEmpty } }
}

extension PrometheusServer {
    static func all(_ json: JSONValue, _ path: [ConfigurationError.Step]) throws(ConfigurationError) -> [String: Self] {
        guard let named = json.object else {
            throw ConfigurationError(path: path, message: "is \(json.yamlKind), where names and their servers belong")
        }
        var servers: [String: Self] = [:]
        for server in named {
            guard !server.key.isEmpty else { throw ConfigurationError(path: path, message: "a server needs a name") }
            servers[server.key] = try Self(server.value, path + [.key(server.key)])
        }
        return servers
    }

    private init(_ json: JSONValue, _ path: [ConfigurationError.Step]) throws(ConfigurationError) {
        let fields = try ConfigurationFields(json, path, ["url", "caFile", "tokenFile", "certFile", "keyFile", "headers", "verb"])
        url = try fields.text("url")
        caFile = try fields.text("caFile")
        tokenFile = try fields.text("tokenFile")
        certFile = try fields.text("certFile")
        keyFile = try fields.text("keyFile")
        headers = try fields.texts("headers")
        verb = try fields.text("verb")
    }
}
