// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient

/// The cluster that `kubectl apply` would write to, found as kubectl finds it.
struct ClusterToAsk: Sendable {
    var configuration: ClientConfiguration
    /// The kubeconfig's path, for messages.
    var source: String

    /// - Returns: Nil where there is neither a kubeconfig nor a service account.
    /// - Throws: `CommandFailure` where there is one that cannot be used: kubectl might be able to.
    static func find(kubeconfig: String?, environment: [String: String], home: String) throws -> ClusterToAsk? {
        let listed = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        let candidates = kubeconfig.map { [($0 as NSString).expandingTildeInPath] } ?? (listed.isEmpty ? ["\(home)/.kube/config"] : listed)
        do {
            if let path = candidates.first(where: { FileManager.default.fileExists(atPath: $0) }) ?? (kubeconfig == nil ? nil : candidates[0]) {
                return ClusterToAsk(configuration: try Kubeconfig(contentsOf: path).configuration(), source: path)
            }
            return try ClientConfiguration.inCluster(environment: environment).map {
                ClusterToAsk(configuration: $0, source: "the pod's service account")
            }
        } catch let error as ClientError {
            throw Self.cannotAsk(error.message)
        }
    }

    static func cannotAsk(_ reason: String) -> CommandFailure {
        CommandFailure(
            .unreachable, "whether another server has the API cannot be asked: \(reason)",
            fix: "look yourself (kubectl get apiservice v1beta1.metrics.k8s.io), then print with --offline")
    }
}
