// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What Prometheus makes targets of.
package enum DiscoveryRole: String, Sendable, Hashable, CaseIterable {
    case pod, endpoints, endpointslice, node
}

/// The targets that one job starts from.
struct DiscoveryQuery {
    var role: DiscoveryRole
    /// Empty for all of them.
    var namespaces: [String] = []
    var attachesNodeMetadata = false
}

extension TargetDiscovery {
    /// Adds to a job where targets of its come from.
    func add(_ query: DiscoveryQuery, to job: inout JSONObject) {
        switch self {
        case .kubernetes(let access): job.append(access.configuration(for: query), to: "kubernetes_sd_configs")
        case .files(let folder): job.append(Self.fileConfiguration(for: query, in: folder), to: "file_sd_configs")
        }
    }

    /// Prometheus watches the folder; it reads anew after `refresh_interval` only should it have missed a change.
    private static func fileConfiguration(for query: DiscoveryQuery, in folder: String) -> JSONValue {
        let names = query.namespaces.isEmpty ? ["*"] : query.namespaces
        let files = names.map { folder.escapedForGlob.appendingPath("\(query.role.rawValue)/\($0).json") }
        return ["files": JSONValue(files), "refresh_interval": "30s"]
    }
}

extension APIServerAccess {
    fileprivate func configuration(for query: DiscoveryQuery) -> JSONValue {
        var configuration: JSONObject = ["role": .string(query.role.rawValue), "api_server": .string(url)]
        credential.add(to: &configuration)
        if !query.namespaces.isEmpty { configuration["namespaces"] = ["names": JSONValue(query.namespaces)] }
        if query.attachesNodeMetadata { configuration["attach_metadata"] = ["node": true] }
        return .object(configuration)
    }
}

extension ClientCredential {
    func add(to client: inout JSONObject) {
        var tls = JSONObject()
        for (key, value) in [("ca_file", caFile), ("cert_file", certificateFile), ("key_file", keyFile), ("server_name", serverName)] {
            if let value { tls[key] = .string(value) }
        }
        if !tls.isEmpty { client["tls_config"] = .object(tls) }
        if let tokenFile { client["authorization"] = ["type": "Bearer", "credentials_file": .string(tokenFile)] }
    }
}

extension JSONObject {
    /// Adds one more to the list `key`.
    mutating func append(_ element: JSONValue, to key: String) { self[key] = .array((self[key]?.array ?? []) + [element]) }
}

extension String {
    /// A path in which no character stands for others.
    var escapedForGlob: String { reduce(into: "") { $0 += "*?[\\".contains($1) ? "\\\($1)" : String($1) } }
}
