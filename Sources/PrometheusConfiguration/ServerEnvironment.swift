// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// What a Prometheus server finds where it runs.
package struct ServerEnvironment: Sendable, Hashable {
    package var version: PrometheusVersion
    package var discovery: TargetDiscovery
    /// Absolute; `ServerConfiguration.secretFiles` are to be written below it, for the server alone to read.
    package var credentialsFolder: String
    /// Absolute; `ServerConfiguration.ruleFiles` are to be written below it.
    package var rulesFolder: String
    /// Where the files are that monitors name by their path in the server's container, such as `serviceAccountToken`. A path that stands
    /// neither here nor below the mounts of the Prometheus object's own `secrets` and `configMaps` names no file of a server without container.
    package var files: [String: String] = [:]

    package init(version: PrometheusVersion = .debian12, discovery: TargetDiscovery, credentialsFolder: String, rulesFolder: String) {
        self.version = version
        self.discovery = discovery
        self.credentialsFolder = credentialsFolder
        self.rulesFolder = rulesFolder
    }

    /// Where a container has its service account's token.
    package static let serviceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    package static let serviceAccountCA = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
}

/// How the server learns of pods, endpoints and nodes.
package enum TargetDiscovery: Sendable, Hashable {
    /// By itself, from the API (`kubernetes_sd_configs`), as upstream's own builds can.
    case kubernetes(APIServerAccess)
    /// From files (`file_sd_configs`) that a `ClusterSnapshot` is written to, for servers built without Kubernetes, as Debian's is.
    ///
    /// `folder` is absolute and holds a folder for each role, which must be there before the server starts, or it would not be watched.
    case files(folder: String)
}

package struct APIServerAccess: Sendable, Hashable {
    /// `https://127.0.0.1:6443`.
    package var url: String
    package var credential: ClientCredential

    package init(url: String, credential: ClientCredential) {
        self.url = url
        self.credential = credential
    }
}

/// The files by which the server makes itself known, and knows whom it asks; nil for what is not used.
package struct ClientCredential: Sendable, Hashable {
    package var caFile: String?
    package var certificateFile: String?
    package var keyFile: String?
    package var tokenFile: String?
    /// The name in the server's certificate where the address is not.
    package var serverName: String?

    package init(caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil, tokenFile: String? = nil, serverName: String? = nil) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.tokenFile = tokenFile
        self.serverName = serverName
    }
}
