// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// - Source: pkg/apis/core/v1/defaults.go; the IP families are what the registry gives on a cluster of IPv4 alone
enum ServiceDefaults {
    static func apply(to object: inout JSONValue) {
        object.change("spec") { spec in
            spec.setDefaultForZero("sessionAffinity", "None")
            if spec["sessionAffinity"] == "None" { spec["sessionAffinityConfig"] = nil }
            if spec["sessionAffinity"] == "ClientIP" {
                spec.setDefault("sessionAffinityConfig", [:])
                spec.change("sessionAffinityConfig") { config in
                    config.setDefault("clientIP", [:])
                    config.change("clientIP") { $0.setDefault("timeoutSeconds", 10800) }
                }
            }
            spec.setDefaultForZero("type", "ClusterIP")
            spec.changeElements("ports") { port in
                port.setDefaultForZero("protocol", "TCP")
                port.setDefaultForZero("targetPort", port["port"] ?? 0)
            }
            byType(&spec)
        }
    }

    private static func byType(_ spec: inout JSONValue) {
        guard let type = spec["type"]?.string, type != "ExternalName" else { return }
        spec.setDefault("internalTrafficPolicy", "Cluster")
        spec.setDefault("ipFamilyPolicy", "SingleStack")
        if spec["ipFamilies"]?.array?.isEmpty ?? true { spec["ipFamilies"] = ["IPv4"] }
        guard type == "NodePort" || type == "LoadBalancer" else { return }
        spec.setDefaultForZero("externalTrafficPolicy", "Cluster")
        if type == "LoadBalancer" { spec.setDefault("allocateLoadBalancerNodePorts", true) }
    }
}
