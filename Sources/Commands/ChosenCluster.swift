// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient

extension ClientConfiguration {
    /// That of a kubeconfig that a flag names, or of the cluster that this runs in.
    /// - Throws: `ClientError` where it cannot be read, `CommandFailure` where there is neither.
    static func chosen(_ kubeconfig: String?, flag: String) throws -> ClientConfiguration {
        if let kubeconfig { return try Kubeconfig(contentsOf: (kubeconfig as NSString).expandingTildeInPath).configuration() }
        if let inCluster = try inCluster(environment: ProcessInfo.processInfo.environment) { return inCluster }
        throw CommandFailure(.usage, "there is no \(flag), and this is no pod in a cluster", fix: "name one, such as \(flag) ~/.kube/config")
    }
}
