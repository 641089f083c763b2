// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The fixed table of who may do what, one role for each identity of the lab. `system:masters` needs no role; what a node
/// may do depends on the node and stands in `NodeRules`.
enum BuiltInRoles {
    static let all: [BuiltInRole] = [
        publicInfo, discovery, basicUser, controllerManager, scheduler, proxy, metricsServer, kubeletClient,
    ]

    private static let read = ["get", "list", "watch"]
    private static let eventRule = PolicyRule.resources(["events"], in: ["", "events.k8s.io"], ["create", "patch", "update"])

    private static let publicInfo = BuiltInRole(
        name: "system:public-info-viewer", groups: ["system:authenticated", "system:unauthenticated"],
        rules: [.paths(["/healthz", "/healthz/*", "/livez", "/livez/*", "/readyz", "/readyz/*", "/version", "/version/"], ["get"])])

    private static let discovery = BuiltInRole(
        name: "system:discovery", groups: ["system:authenticated"],
        rules: [.paths(["/", "/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"], ["get"])])

    private static let basicUser = BuiltInRole(
        name: "system:basic-user", groups: ["system:authenticated"],
        rules: [.resources(["selfsubjectaccessreviews", "selfsubjectrulesreviews"], in: ["authorization.k8s.io"], ["create"])])

    /// All controllers share one identity: garbage collection and namespace removal reach every kind, the rest create.
    private static let controllerManager = BuiltInRole(
        name: "system:kube-controller-manager", users: ["system:kube-controller-manager"],
        rules: [
            .resources(["*"], in: ["*"], read + ["delete", "deletecollection", "patch", "update"]),
            .resources(["pods", "endpoints", "configmaps"], in: [""], ["create"]),
            .resources(["replicasets"], in: ["apps"], ["create"]),
            .resources(["endpointslices"], in: ["discovery.k8s.io"], ["create"]),
            .resources(["leases"], in: ["coordination.k8s.io"], ["create"]),
            .resources(["subjectaccessreviews"], in: ["authorization.k8s.io"], ["create"]),
            eventRule,
        ])

    private static let scheduler = BuiltInRole(
        name: "system:kube-scheduler", users: ["system:kube-scheduler"],
        rules: [
            .resources(["pods", "nodes", "namespaces", "services"], in: [""], read),
            .resources(["pods"], in: [""], ["delete"]),
            .resources(["pods/binding", "bindings"], in: [""], ["create"]),
            .resources(["pods/status"], in: [""], ["patch", "update"]),
            .resources(["replicasets", "deployments"], in: ["apps"], read),
            .resources(["leases"], in: ["coordination.k8s.io"], read + ["create", "patch", "update"], namespaces: ["kube-system"]),
            .resources(["subjectaccessreviews"], in: ["authorization.k8s.io"], ["create"]),
            eventRule,
        ])

    private static let proxy = BuiltInRole(
        name: "system:node-proxier", users: ["system:kube-proxy"],
        rules: [
            .resources(["services", "endpoints", "nodes"], in: [""], read),
            .resources(["endpointslices"], in: ["discovery.k8s.io"], read),
            eventRule,
        ])

    private static let metricsServer = BuiltInRole(
        name: "system:metrics-server", users: ["system:serviceaccount:kube-system:metrics-server"],
        rules: [
            .resources(["nodes/metrics"], in: [""], ["get"]),
            .resources(["pods", "nodes", "namespaces"], in: [""], read),
            .resources(["configmaps"], in: [""], read, namespaces: ["kube-system"]),
            .resources(["subjectaccessreviews"], in: ["authorization.k8s.io"], ["create"]),
            .resources(["tokenreviews"], in: ["authentication.k8s.io"], ["create"]),
        ])

    private static let kubeletClient = BuiltInRole(
        name: "system:kubelet-api-admin", users: ["kube-apiserver-kubelet-client"],
        rules: [
            .resources(["nodes"], in: [""], read),
            .resources(["nodes"], in: [""], ["proxy"]),
            .resources(["nodes/log", "nodes/metrics", "nodes/proxy", "nodes/spec", "nodes/stats", "nodes/healthz", "nodes/pods"], in: [""], ["*"]),
        ])
}
