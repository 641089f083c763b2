// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import MetricRules

/// Which kinds a cluster has, custom ones included, as its discovery tells.
package enum KindDiscovery {
    /// Those of groups that cannot be asked about at present are left out, as are metrics, of which some are served here.
    /// - Throws: `ClientError` and `APIError` where the API server itself cannot be asked.
    package static func kinds(_ client: KubeClient) async throws -> [ResourceKinds.Kind] {
        try await ServedResources.discover(client) { !$0.hasSuffix("metrics.k8s.io") }.resources.map { served in
            ResourceKinds.Kind(
                group: served.resource.group, plural: served.resource.resource,
                singular: served.singularName.isEmpty ? served.kind.lowercased() : served.singularName, version: served.resource.version,
                kind: served.kind)
        }
    }
}
