// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// - Source: pkg/apis/rbac/v1/defaults.go, pkg/apis/networking/v1/defaults.go
enum AccessDefaults {
    private static let group: JSONValue = "rbac.authorization.k8s.io"

    static func apply(to object: inout JSONValue, kind: String) {
        guard kind.hasSuffix("Binding") else { return }
        object.change("roleRef") { $0.setDefaultForZero("apiGroup", group) }
        object.changeElements("subjects") { subject in
            if subject["kind"] == "User" || subject["kind"] == "Group" { subject.setDefaultForZero("apiGroup", group) }
        }
    }

    static func networkPolicy(_ object: inout JSONValue) {
        object.change("spec") { spec in
            let hasEgress = !(spec["egress"]?.array?.isEmpty ?? true)
            if spec["policyTypes"]?.array?.isEmpty ?? true { spec["policyTypes"] = hasEgress ? ["Ingress", "Egress"] : ["Ingress"] }
            for direction in ["ingress", "egress"] {
                spec.changeElements(direction) { $0.changeElements("ports") { $0.setDefault("protocol", "TCP") } }
            }
        }
    }
}
