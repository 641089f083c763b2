// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The kinds of prometheus-operator, so that manifests which hold them, and their definitions too, can be applied in one pass.
///
/// Any field is taken: the definitions that users apply, which say more, take the place of these.
/// - Source: names, versions and columns of prometheus-operator example/prometheus-operator-crd
package struct MonitoringKind: Sendable, Hashable {
    package var kind: String
    package var plural: String
    var shortNames: [String]
    package var version = "v1"
    /// Each a name, a type and where it is.
    var columns: [[String]] = []

    package static let group = "monitoring.coreos.com"

    package var resource: GroupVersionResource { GroupVersionResource(group: Self.group, version: version, resource: plural) }
    package var groupVersionKind: GroupVersionKind { GroupVersionKind(group: Self.group, version: version, kind: kind) }

    private static let serverColumns = [
        ["Version", "string", ".spec.version"], ["Desired", "integer", ".spec.replicas"], ["Ready", "integer", ".status.availableReplicas"],
        ["Reconciled", "string", ".status.conditions[?(@.type == 'Reconciled')].status"],
        ["Available", "string", ".status.conditions[?(@.type == 'Available')].status"], ["Age", "date", ".metadata.creationTimestamp"],
    ]

    package static let prometheus = Self(kind: "Prometheus", plural: "prometheuses", shortNames: ["prom"], columns: serverColumns)
    package static let serviceMonitor = Self(kind: "ServiceMonitor", plural: "servicemonitors", shortNames: ["smon"])
    package static let podMonitor = Self(kind: "PodMonitor", plural: "podmonitors", shortNames: ["pmon"])
    package static let rule = Self(kind: "PrometheusRule", plural: "prometheusrules", shortNames: ["promrule"])

    /// Those that are read, and those that are only taken.
    package static let all =
        [prometheus, serviceMonitor, podMonitor, rule] + [
            Self(kind: "Alertmanager", plural: "alertmanagers", shortNames: ["am"], columns: serverColumns),
            Self(kind: "AlertmanagerConfig", plural: "alertmanagerconfigs", shortNames: ["amcfg"], version: "v1alpha1"),
            Self(kind: "Probe", plural: "probes", shortNames: ["prb"]),
            Self(kind: "PrometheusAgent", plural: "prometheusagents", shortNames: ["promagent"], version: "v1alpha1", columns: serverColumns),
            Self(kind: "ScrapeConfig", plural: "scrapeconfigs", shortNames: ["scfg"], version: "v1alpha1"),
            Self(kind: "ThanosRuler", plural: "thanosrulers", shortNames: ["ruler"], columns: serverColumns),
        ]

    /// Who owns what of a definition: nobody all that the real one may say otherwise, so that it can be applied without a conflict.
    static func ownership(_ now: Timestamp) -> JSONValue {
        [
            "metadata": [
                "managedFields": [
                    [
                        "manager": "updraft", "operation": "Update", "apiVersion": "apiextensions.k8s.io/v1", "time": .string(now.description),
                        "fieldsType": "FieldsV1",
                        "fieldsV1": ["f:metadata": ["f:annotations": .object(["f:\(KubeObject.placeholderAnnotation)": [:]])]],
                    ]
                ]
            ]
        ]
    }

    package var definition: KubeObject {
        var definition = KubeObject(
            GroupVersionKind(group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition"), name: "\(plural).\(Self.group)")
        definition.annotations[KubeObject.placeholderAnnotation] = "true"
        let anything: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        var version: JSONObject = [
            "name": .string(self.version), "served": true, "storage": true, "subresources": ["status": [:]],
            "schema": ["openAPIV3Schema": ["type": "object", "properties": ["spec": anything, "status": anything]]],
        ]
        if !columns.isEmpty {
            version["additionalPrinterColumns"] = .array(
                columns.map { ["name": .string($0[0]), "type": .string($0[1]), "jsonPath": .string($0[2])] })
        }
        definition["spec"] = [
            "group": .string(Self.group), "scope": "Namespaced", "versions": [.object(version)],
            "names": [
                "kind": .string(kind), "listKind": .string("\(kind)List"), "plural": .string(plural), "singular": .string(kind.lowercased()),
                "shortNames": JSONValue(shortNames), "categories": ["prometheus-operator"],
            ],
        ]
        return definition
    }
}
