// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Where all replicas find the certificate that they serve with, and who is told what to verify it by.
package struct ServingSecretSettings: Sendable, Hashable {
    /// `--serving-secret`
    package var secret: NamespacedName
    /// `--serving-service`: the Service by whose name the aggregation layer calls.
    package var service: NamespacedName
    /// `--patch-api-services`: keeps `spec.caBundle` of those that point to `service`.
    package var patchesAPIServices = true
    package var apiServices = Self.apiServices
    /// Of the cluster's DNS; the aggregation layer itself asks for `NAME.NAMESPACE.svc`.
    package var clusterDomain = "cluster.local"

    /// Of `metrics.k8s.io`, the one that most clients ask for first.
    package static let apiServices = ["v1beta1.metrics.k8s.io", "v1.metrics.k8s.io"]

    /// Those of metrics by rules.
    package static let ruledAPIServices = ["v1beta2.custom.metrics.k8s.io", "v1beta1.custom.metrics.k8s.io", "v1beta1.external.metrics.k8s.io"]

    package init(secret: NamespacedName, service: NamespacedName) {
        self.secret = secret
        self.service = service
    }

    /// Every name under which a pod of the cluster may call the Service.
    package var dnsNames: [String] {
        let name = service.name
        let withNamespace = "\(name).\(service.namespace)"
        return ["\(withNamespace).svc", name, withNamespace, "\(withNamespace).svc.\(clusterDomain)"]
    }
}
