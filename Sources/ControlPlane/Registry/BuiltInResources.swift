// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema

extension ResourceRegistry {
    /// The kinds of the lab's API. Names, short names and verbs are upstream's (its discovery documents).
    static let builtIn = ResourceRegistry(core + workloads + access + others)

    private static func version(_ group: String, _ version: String) -> GroupVersion { GroupVersion(group: group, version: version) }
    private static let v1 = GroupVersion(group: "", version: "v1")
    private static let apps = version("apps", "v1")
    private static let autoscaling = version("autoscaling", "v2")
    private static let coordination = version("coordination.k8s.io", "v1")
    private static let discovery = version("discovery.k8s.io", "v1")
    private static let registration = version("apiregistration.k8s.io", "v1")

    private static let core: [ResourceDefinition] = [
        ResourceDefinition(
            resource: "namespaces", singular: "namespace", kind: "Namespace", shortNames: ["ns"], isNamespaced: false, versions: [v1],
            storageVersion: v1,
            verbs: [.create, .delete, .get, .list, .patch, .update, .watch], subresources: [.finalize, .status],
            selectableFields: [SelectableField("status.phase")], columns: .namespace, strategy: .namespace),
        ResourceDefinition(
            resource: "nodes", singular: "node", kind: "Node", shortNames: ["no"], isNamespaced: false, versions: [v1], storageVersion: v1,
            subresources: [.status],
            selectableFields: [SelectableField("spec.unschedulable") { $0.spec["unschedulable"]?.bool ?? false ? "true" : "false" }],
            columns: .node, strategy: .node),
        ResourceDefinition(
            resource: "pods", singular: "pod", kind: "Pod", shortNames: ["po"], categories: ["all"], isNamespaced: true, versions: [v1],
            storageVersion: v1, subresources: [.binding, .log, .status],
            selectableFields: [
                SelectableField("spec.nodeName"), SelectableField("spec.restartPolicy"), SelectableField("spec.schedulerName"),
                SelectableField("spec.serviceAccountName"), SelectableField("status.phase"), SelectableField("status.podIP"),
                SelectableField("status.nominatedNodeName"),
                SelectableField("spec.hostNetwork") { $0.spec["hostNetwork"]?.bool ?? false ? "true" : "false" },
            ],
            columns: .pod, strategy: .pod),
        ResourceDefinition(
            resource: "services", singular: "service", kind: "Service", shortNames: ["svc"], categories: ["all"], isNamespaced: true, versions: [v1],
            storageVersion: v1, subresources: [.status], selectableFields: [SelectableField("spec.clusterIP"), SelectableField("spec.type")],
            columns: .service, strategy: .service),
        ResourceDefinition(
            resource: "endpoints", singular: "endpoints", kind: "Endpoints", shortNames: ["ep"], isNamespaced: true, versions: [v1],
            storageVersion: v1, columns: .endpoints, strategy: .endpoints),
        ResourceDefinition(
            resource: "configmaps", singular: "configmap", kind: "ConfigMap", shortNames: ["cm"], isNamespaced: true, versions: [v1],
            storageVersion: v1, columns: .configMap, strategy: .configMap),
        ResourceDefinition(
            resource: "secrets", singular: "secret", kind: "Secret", isNamespaced: true, versions: [v1], storageVersion: v1,
            selectableFields: [SelectableField("type")], columns: .secret, strategy: .secret),
        ResourceDefinition(
            resource: "serviceaccounts", singular: "serviceaccount", kind: "ServiceAccount", shortNames: ["sa"], isNamespaced: true, versions: [v1],
            storageVersion: v1, subresources: [.token], columns: .serviceAccount, strategy: .serviceAccount),
        ResourceDefinition(
            resource: "persistentvolumes", singular: "persistentvolume", kind: "PersistentVolume", shortNames: ["pv"], isNamespaced: false,
            versions: [v1], storageVersion: v1, subresources: [.status], columns: .persistentVolume, strategy: .persistentVolume),
        ResourceDefinition(
            resource: "persistentvolumeclaims", singular: "persistentvolumeclaim", kind: "PersistentVolumeClaim", shortNames: ["pvc"],
            isNamespaced: true, versions: [v1], storageVersion: v1, subresources: [.status], columns: .persistentVolumeClaim,
            strategy: .persistentVolumeClaim),
        ResourceDefinition(
            resource: "events", singular: "event", kind: "Event", shortNames: ["ev"], isNamespaced: true,
            versions: [v1, version("events.k8s.io", "v1")], storageVersion: v1, selectableFields: eventFields, columns: .event, strategy: .event),
    ]

    private static let eventFields =
        ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map { SelectableField("involvedObject.\($0)") }
        + [
            SelectableField("reason"), SelectableField("type"), SelectableField("reportingComponent"),
            SelectableField("source") { $0.value(at: "source", "component")?.string ?? $0["reportingComponent"]?.string ?? "" },
        ]

    private static let workloads: [ResourceDefinition] = [
        ResourceDefinition(
            resource: "deployments", singular: "deployment", kind: "Deployment", shortNames: ["deploy"], categories: ["all"], isNamespaced: true,
            versions: [apps, version("apps", "v1beta2"), version("apps", "v1beta1"), version("extensions", "v1beta1")], storageVersion: apps,
            subresources: [.scale, .status], columns: .deployment, strategy: .deployment),
        ResourceDefinition(
            resource: "replicasets", singular: "replicaset", kind: "ReplicaSet", shortNames: ["rs"], categories: ["all"], isNamespaced: true,
            versions: [apps, version("apps", "v1beta2"), version("extensions", "v1beta1")], storageVersion: apps, subresources: [.scale, .status],
            selectableFields: [SelectableField("status.replicas")], columns: .replicaSet, strategy: .replicaSet),
        ResourceDefinition(
            resource: "statefulsets", singular: "statefulset", kind: "StatefulSet", shortNames: ["sts"], categories: ["all"], isNamespaced: true,
            versions: [apps, version("apps", "v1beta2"), version("apps", "v1beta1")], storageVersion: apps, subresources: [.scale, .status],
            columns: .statefulSet, strategy: .statefulSet),
        ResourceDefinition(
            resource: "daemonsets", singular: "daemonset", kind: "DaemonSet", shortNames: ["ds"], categories: ["all"], isNamespaced: true,
            versions: [apps, version("apps", "v1beta2"), version("extensions", "v1beta1")], storageVersion: apps, subresources: [.status],
            columns: .daemonSet, strategy: .daemonSet),
        ResourceDefinition(
            resource: "controllerrevisions", singular: "controllerrevision", kind: "ControllerRevision", isNamespaced: true,
            versions: [apps, version("apps", "v1beta2"), version("apps", "v1beta1")], storageVersion: apps, columns: .controllerRevision,
            strategy: .controllerRevision),
        ResourceDefinition(
            resource: "horizontalpodautoscalers", singular: "horizontalpodautoscaler", kind: "HorizontalPodAutoscaler", shortNames: ["hpa"],
            categories: ["all"], isNamespaced: true,
            versions: [autoscaling, version("autoscaling", "v1"), version("autoscaling", "v2beta2"), version("autoscaling", "v2beta1")],
            storageVersion: autoscaling, subresources: [.status], columns: .horizontalPodAutoscaler, strategy: .horizontalPodAutoscaler),
    ]

    private static let rbac = version("rbac.authorization.k8s.io", "v1")
    private static let rbacVersions = [rbac, version("rbac.authorization.k8s.io", "v1beta1")]

    private static let access: [ResourceDefinition] = [
        ResourceDefinition(
            resource: "clusterroles", singular: "clusterrole", kind: "ClusterRole", isNamespaced: false, versions: rbacVersions, storageVersion: rbac,
            columns: .nameAndTime, strategy: .role),
        ResourceDefinition(
            resource: "clusterrolebindings", singular: "clusterrolebinding", kind: "ClusterRoleBinding", isNamespaced: false, versions: rbacVersions,
            storageVersion: rbac, columns: .roleBinding, strategy: .roleBinding),
        ResourceDefinition(
            resource: "roles", singular: "role", kind: "Role", isNamespaced: true, versions: rbacVersions, storageVersion: rbac,
            columns: .nameAndTime,
            strategy: .role),
        ResourceDefinition(
            resource: "rolebindings", singular: "rolebinding", kind: "RoleBinding", isNamespaced: true, versions: rbacVersions, storageVersion: rbac,
            columns: .roleBinding, strategy: .roleBinding),
    ]

    private static let policy = version("policy", "v1")
    private static let networking = version("networking.k8s.io", "v1")

    private static let extensions = GroupVersion(group: CustomResourceDefinition.group, version: "v1")
    private static let certificates = version("certificates.k8s.io", "v1")

    private static let others: [ResourceDefinition] = [
        ResourceDefinition(
            resource: "certificatesigningrequests", singular: "certificatesigningrequest", kind: "CertificateSigningRequest", shortNames: ["csr"],
            isNamespaced: false, versions: [certificates, version("certificates.k8s.io", "v1beta1")], storageVersion: certificates,
            subresources: [.approval, .status], selectableFields: [SelectableField("spec.signerName")], columns: .certificateSigningRequest,
            strategy: .certificateSigningRequest),
        ResourceDefinition(
            resource: "customresourcedefinitions", singular: "customresourcedefinition", kind: "CustomResourceDefinition",
            shortNames: ["crd", "crds"],
            categories: ["api-extensions"], isNamespaced: false, versions: [extensions, version(CustomResourceDefinition.group, "v1beta1")],
            storageVersion: extensions, subresources: [.status], columns: .nameAndTime, strategy: .customResourceDefinition),
        ResourceDefinition(
            resource: "leases", singular: "lease", kind: "Lease", isNamespaced: true, versions: [coordination], storageVersion: coordination,
            columns: .lease, strategy: .lease),
        ResourceDefinition(
            resource: "endpointslices", singular: "endpointslice", kind: "EndpointSlice", isNamespaced: true, versions: [discovery],
            storageVersion: discovery, columns: .endpointSlice, strategy: .endpointSlice),
        ResourceDefinition(
            resource: "poddisruptionbudgets", singular: "poddisruptionbudget", kind: "PodDisruptionBudget", shortNames: ["pdb"], isNamespaced: true,
            versions: [policy, version("policy", "v1beta1")], storageVersion: policy, subresources: [.status], columns: .podDisruptionBudget,
            strategy: .podDisruptionBudget),
        ResourceDefinition(
            resource: "networkpolicies", singular: "networkpolicy", kind: "NetworkPolicy", shortNames: ["netpol"], isNamespaced: true,
            versions: [networking], storageVersion: networking, columns: .networkPolicy, strategy: .networkPolicy),
        ResourceDefinition(
            resource: "apiservices", singular: "apiservice", kind: "APIService", categories: ["api-extensions"], isNamespaced: false,
            versions: [registration, version("apiregistration.k8s.io", "v1beta1")], storageVersion: registration, subresources: [.status],
            columns: .apiService, strategy: .apiService),
    ]
}
