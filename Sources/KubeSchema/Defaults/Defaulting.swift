// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The values of fields that were not given, in the object's own version. Applying it twice changes nothing.
///
/// - Source: defaults.go in kubernetes pkg/apis/*/v*, and for extensions/v1beta1 that of v1.15
package enum Defaulting {
    package static func apply(to object: inout KubeObject) {
        var json = JSONValue.object(object.json)
        object.json = JSONObject()  // so that the tree is uniquely held while it changes
        apply(to: &json)
        object.json = json.object ?? JSONObject()
    }

    private static func apply(to object: inout JSONValue) {
        switch (GroupVersion(apiVersion: object["apiVersion"]?.string ?? ""), object["kind"]?.string ?? "") {
        case (GroupVersion(group: "", version: "v1"), let kind): core(kind, &object)
        case (GroupVersion(group: "apps", version: "v1beta1"), "Deployment"):
            WorkloadDefaults.firstDeployment(&object)
        case (let version, "Deployment") where version.group == "apps":
            WorkloadDefaults.deployment(&object)
        case (let version, "ReplicaSet") where version.group == "apps":
            WorkloadDefaults.replicaSet(&object)
        case (GroupVersion(group: "extensions", version: "v1beta1"), "Deployment"):
            WorkloadDefaults.legacyDeployment(&object)
        case (GroupVersion(group: "extensions", version: "v1beta1"), "ReplicaSet"):
            WorkloadDefaults.labelsAndSelector(&object)
            WorkloadDefaults.replicaSet(&object)
        case (let version, "StatefulSet") where version.group == "apps": SetDefaults.statefulSet(&object, version: version.version)
        case (let version, "DaemonSet") where version.group == "apps": SetDefaults.daemonSet(&object, strategy: "RollingUpdate")
        case (GroupVersion(group: "extensions", version: "v1beta1"), "DaemonSet"):
            WorkloadDefaults.labelsAndSelector(&object)
            SetDefaults.daemonSet(&object, strategy: "OnDelete")
        case (let version, "HorizontalPodAutoscaler") where version.group == "autoscaling":
            AutoscalerDefaults.apply(to: &object, version: version.version)
        case (GroupVersion(group: "discovery.k8s.io", version: "v1"), "EndpointSlice"):
            object.changeElements("ports") { port in
                port.setDefault("name", "")
                port.setDefault("protocol", "TCP")
            }
        case (let version, let kind) where version.group == "rbac.authorization.k8s.io": AccessDefaults.apply(to: &object, kind: kind)
        case (GroupVersion(group: "networking.k8s.io", version: "v1"), "NetworkPolicy"): AccessDefaults.networkPolicy(&object)
        case (let version, "APIService") where version.group == "apiregistration.k8s.io":
            object.change("spec") { $0.change("service") { $0.setDefault("port", 443) } }
        case (GroupVersion(group: CustomResourceDefinition.group, version: "v1"), "CustomResourceDefinition"):
            object = .object(CustomResourceDefinition.upgraded(KubeObject(object.object ?? [:])).json)
        default: break
        }
    }

    private static func core(_ kind: String, _ object: inout JSONValue) {
        switch kind {
        case "Pod": PodDefaults.pod(&object)
        case "PodTemplate": object.change("template") { $0.change("spec", PodDefaults.spec) }
        case "Service": ServiceDefaults.apply(to: &object)
        case "Namespace": namespace(&object)
        case "PersistentVolume": SetDefaults.volume(&object)
        case "PersistentVolumeClaim": SetDefaults.claim(&object)
        case "Secret": object.setDefaultForZero("type", "Opaque")
        case "Endpoints": object.changeElements("subsets") { $0.changeElements("ports") { $0.setDefaultForZero("protocol", "TCP") } }
        case "Node":
            object.change("status") { status in
                if let capacity = status["capacity"], !capacity.isNull { status.setDefault("allocatable", capacity) }
            }
        default: break
        }
    }

    /// Every namespace carries its name as a label, so that selectors can name it.
    private static func namespace(_ object: inout JSONValue) {
        object.change("metadata") { metadata in
            guard let name = metadata["name"]?.string, !name.isEmpty else { return }
            var labels = metadata["labels"] ?? [:]
            labels["kubernetes.io/metadata.name"] = .string(name)
            metadata["labels"] = labels
        }
        var status = object["status"] ?? [:]
        status.setDefaultForZero("phase", "Active")
        object["status"] = status
    }
}
