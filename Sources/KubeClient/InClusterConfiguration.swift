// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

extension ClientConfiguration {
    /// Of a pod's service account, as a kubelet mounts it.
    ///
    /// - Parameters:
    ///   - environment: Names the API server in `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`.
    ///   - folder: With the files `token` and `ca.crt`.
    /// - Returns: Nil outside a cluster.
    /// - Throws: `ClientError` naming the file that is missing.
    package static func inCluster(
        environment: [String: String], folder: String = "/var/run/secrets/kubernetes.io/serviceaccount"
    ) throws -> ClientConfiguration? {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"], !host.isEmpty, !port.isEmpty
        else { return nil }
        let authority: String
        do {
            authority = try String(contentsOfFile: "\(folder)/ca.crt", encoding: .utf8)
        } catch {
            throw ClientError(
                "cannot read \(folder)/ca.crt: \(error.localizedDescription); does the pod mount its service account's token?", cause: error)
        }
        return ClientConfiguration(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)", caPEM: authority, tokenFile: "\(folder)/token")
    }
}
