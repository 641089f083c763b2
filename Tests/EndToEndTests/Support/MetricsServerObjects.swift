// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// What a metrics server needs of its cluster, and two accounts that ask it.
enum MetricsServerObjects {
    private static let rbac = "apiVersion: rbac.authorization.k8s.io/v1"
    private static let subject = "subjects: [{kind: ServiceAccount, name: metrics-server, namespace: kube-system}]"

    /// All but the right to read whom to believe; the account `reader` may list pods' metrics, `stranger` may nothing.
    /// It begins as YAML does, or kubectl would take its first brace for JSON's.
    static let withoutReader = """
        ---
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: metrics-server, namespace: kube-system}}
        ---
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: reader, namespace: default}}
        ---
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: stranger, namespace: default}}
        ---
        \(rbac)
        kind: ClusterRole
        metadata: {name: scraper}
        rules:
        - {apiGroups: [""], resources: [nodes/metrics], verbs: [get]}
        - {apiGroups: [""], resources: [pods, nodes], verbs: [get, list, watch]}
        ---
        \(rbac)
        kind: ClusterRole
        metadata: {name: pod-metrics}
        rules: [{apiGroups: [metrics.k8s.io], resources: [pods], verbs: [get, list]}]
        ---
        \(rbac)
        kind: ClusterRoleBinding
        metadata: {name: scraper}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: scraper}
        \(subject)
        ---
        \(rbac)
        kind: ClusterRoleBinding
        metadata: {name: metrics-server-delegates}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:auth-delegator}
        \(subject)
        ---
        \(rbac)
        kind: ClusterRoleBinding
        metadata: {name: pod-metrics}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: pod-metrics}
        subjects: [{kind: ServiceAccount, name: reader, namespace: default}]
        ---

        """

    static let reader = """
        \(rbac)
        kind: RoleBinding
        metadata: {name: metrics-server-auth-reader, namespace: kube-system}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: extension-apiserver-authentication-reader}
        \(subject)
        """
}
