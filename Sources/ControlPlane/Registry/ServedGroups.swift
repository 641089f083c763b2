// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ResourceRegistry {
    /// - Source: `DefaultGenericAPIServicePriorities`, kubernetes pkg/controlplane/apiserver/aggregator.go; the old groups
    ///   and versions as they stood while upstream served them.
    static let builtInGroups: [ServedGroup] = [
        ServedGroup(name: "", versions: ["v1"], priority: 18000, versionPriorities: [1]),
        ServedGroup(name: "apiregistration.k8s.io", versions: ["v1", "v1beta1"], priority: 18000, versionPriorities: [2, 1]),
        ServedGroup(name: "apps", versions: ["v1", "v1beta2", "v1beta1"], priority: 17800, versionPriorities: [15, 9, 1]),
        ServedGroup(name: "events.k8s.io", versions: ["v1"], priority: 17750, versionPriorities: [15]),
        ServedGroup(name: "authentication.k8s.io", versions: ["v1", "v1beta1"], priority: 17700, versionPriorities: [15, 9]),
        ServedGroup(name: "authorization.k8s.io", versions: ["v1", "v1beta1"], priority: 17600, versionPriorities: [15, 9]),
        ServedGroup(name: "autoscaling", versions: ["v2", "v1", "v2beta2", "v2beta1"], priority: 17500, versionPriorities: [30, 15, 10, 9]),
        ServedGroup(name: "certificates.k8s.io", versions: ["v1", "v1beta1"], priority: 17300, versionPriorities: [15, 9]),
        ServedGroup(name: "networking.k8s.io", versions: ["v1"], priority: 17200, versionPriorities: [15]),
        ServedGroup(name: "policy", versions: ["v1", "v1beta1"], priority: 17100, versionPriorities: [15, 9]),
        ServedGroup(name: "rbac.authorization.k8s.io", versions: ["v1", "v1beta1"], priority: 17000, versionPriorities: [15, 12]),
        ServedGroup(name: "apiextensions.k8s.io", versions: ["v1", "v1beta1"], priority: 16700, versionPriorities: [15, 9]),
        ServedGroup(name: "coordination.k8s.io", versions: ["v1"], priority: 16500, versionPriorities: [15]),
        ServedGroup(name: "discovery.k8s.io", versions: ["v1"], priority: 16200, versionPriorities: [15]),
        // Last, so that kubectl takes `deployments` for those of apps/v1.
        ServedGroup(name: "extensions", versions: ["v1beta1"], priority: 1000, versionPriorities: [1], isLegacy: true),
    ]
}
