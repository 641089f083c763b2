// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// - Source: pkg/apis/core/v1/defaults.go
enum PodDefaults {
    /// What holds for a pod itself, and not yet for a template.
    static func pod(_ object: inout JSONValue) {
        object.change("spec") { spec in
            for key in ["containers", "initContainers"] { spec.changeElements(key, requestsFromLimits) }
            spec.setDefault("enableServiceLinks", true)
            if spec["hostNetwork"] == true {
                for key in ["containers", "initContainers"] {
                    spec.changeElements(key) { $0.changeElements("ports") { port in port.setDefaultForZero("hostPort", port["containerPort"] ?? 0) } }
                }
            }
            self.spec(&spec)
        }
    }

    /// A limit without a request is also the request.
    private static func requestsFromLimits(_ container: inout JSONValue) {
        container.change("resources") { resources in
            guard let limits = resources["limits"]?.object, !limits.isEmpty else { return }
            var requests = resources["requests"] ?? [:]
            for limit in limits { requests.setDefault(limit.key, limit.value) }
            resources["requests"] = requests
        }
    }

    static func spec(_ spec: inout JSONValue) {
        spec.setDefaultForZero("dnsPolicy", "ClusterFirst")
        spec.setDefaultForZero("restartPolicy", "Always")
        spec.setDefault("securityContext", [:])
        spec.setDefault("terminationGracePeriodSeconds", 30)
        spec.setDefaultForZero("schedulerName", "default-scheduler")
        for key in ["containers", "initContainers", "ephemeralContainers"] { spec.changeElements(key, container) }
        spec.changeElements("volumes", volume)
    }

    private static func container(_ container: inout JSONValue) {
        container.setDefaultForZero("imagePullPolicy", .string(pullPolicy(image: container["image"]?.string ?? "")))
        container.setDefaultForZero("terminationMessagePath", "/dev/termination-log")
        container.setDefaultForZero("terminationMessagePolicy", "File")
        container.changeElements("ports") { $0.setDefaultForZero("protocol", "TCP") }
        container.change("resources") { resources in for key in ["limits", "requests"] { resources.change(key, roundToMilli) } }
        container.changeElements("env") { $0.change("valueFrom") { $0.change("fieldRef", fieldReference) } }
        for key in ["livenessProbe", "readinessProbe", "startupProbe"] { container.change(key, probe) }
        container.change("lifecycle") { lifecycle in
            for key in ["postStart", "preStop"] { lifecycle.change(key) { $0.change("httpGet", httpGet) } }
        }
    }

    /// Nothing finer than a thousandth is counted; what is asked for is rounded up to it.
    private static func roundToMilli(_ resources: inout JSONValue) {
        for member in resources.object?.members ?? [] {
            guard let quantity = Quantity(member.value) else { continue }
            let rounded = quantity.roundedUp(toPowerOfTen: -3)
            if !rounded.isExact { resources[member.key] = rounded.quantity.json }
        }
    }

    /// The tag `latest`, given or implied, may change: it is pulled each time.
    private static func pullPolicy(image: String) -> String {
        let isPinnedByDigest = image.contains("@")
        let name = image.prefix { $0 != "@" }
        let lastPart = name.split(separator: "/").last ?? ""
        let tag = lastPart.firstIndex(of: ":").map { lastPart[lastPart.index(after: $0)...] }
        return tag == "latest" || (tag == nil && !isPinnedByDigest) ? "Always" : "IfNotPresent"
    }

    private static func probe(_ probe: inout JSONValue) {
        probe.setDefaultForZero("timeoutSeconds", 1)
        probe.setDefaultForZero("periodSeconds", 10)
        probe.setDefaultForZero("successThreshold", 1)
        probe.setDefaultForZero("failureThreshold", 3)
        probe.change("httpGet", httpGet)
        probe.change("grpc") { $0.setDefault("service", "") }
    }

    private static func httpGet(_ action: inout JSONValue) {
        action.setDefaultForZero("path", "/")
        action.setDefaultForZero("scheme", "HTTP")
    }

    private static func fieldReference(_ reference: inout JSONValue) { reference.setDefaultForZero("apiVersion", "v1") }

    // MARK: Volumes

    private static func volume(_ volume: inout JSONValue) {
        if let members = volume.object, members.count == 1, members["name"] != nil { volume["emptyDir"] = [:] }
        volume.change("hostPath") { $0.setDefault("type", "") }
        for key in ["secret", "configMap", "projected"] { volume.change(key) { $0.setDefault("defaultMode", 420) } }
        volume.change("downwardAPI") { downwardAPI in
            downwardAPI.setDefault("defaultMode", 420)
            downwardAPI.changeElements("items") { $0.change("fieldRef", fieldReference) }
        }
        volume.change("projected") { projected in
            projected.changeElements("sources") { source in
                source.change("downwardAPI") { $0.changeElements("items") { $0.change("fieldRef", fieldReference) } }
                source.change("serviceAccountToken") { $0.setDefault("expirationSeconds", 3600) }
            }
        }
        volume.change("ephemeral") { $0.change("volumeClaimTemplate") { $0.change("spec") { $0.setDefault("volumeMode", "Filesystem") } } }
    }
}
