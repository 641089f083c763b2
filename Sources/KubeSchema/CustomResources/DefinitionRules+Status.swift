// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a definition may not change, what it still stores, and who may define an API of Kubernetes' own.
extension DefinitionRules {
    mutating func checkUnchanged(from old: KubeObject) {
        let isEstablished = (old.status["conditions"]?.array ?? []).contains { $0["type"] == "Established" && $0["status"] == "True" }
        var paths = [["group"], ["names", "plural"]]
        if isEstablished { paths = [["scope"], ["names", "kind"]] + paths }
        for path in paths {
            let value = spec.value(at: path[...])
            if value != old.spec.value(at: path[...]) { errors.immutable("spec." + path.joined(separator: "."), value) }
        }
    }

    mutating func checkStoredVersions(isUpdate: Bool) {
        let stored = object.status["storedVersions"]?.array?.compactMap(\.string) ?? []
        let path = "status.storedVersions"
        if stored.isEmpty {
            // At creation the server is yet to set them.
            if isUpdate { errors.invalid(path, [], "must have at least one stored version") }
            return
        }
        let names = layout.versions.map { $0["name"]?.string ?? "" }
        for (name, version) in zip(names, layout.versions) where version["storage"] == true && !stored.contains(name) {
            errors.invalid(path, JSONValue(stored), "must have the storage version \(name)")
        }
        for (index, name) in stored.enumerated() where !names.contains(name) {
            errors.invalid(
                "\(path)[\(index)]", .string(name),
                "missing from spec.versions; \(name) was previously a storage version, and must remain in spec.versions until a storage migration "
                    + "ensures no data remains persisted in \(name) and removes \(name) from status.storedVersions")
        }
    }

    /// Kubernetes' own groups are for APIs that its community has approved.
    mutating func checkApproval(_ old: KubeObject?) {
        let annotation = "api-approved.kubernetes.io"
        let group = text("group")
        guard !isBeta, ["k8s.io", "kubernetes.io"].contains(where: { group == $0 || group.hasSuffix(".\($0)") }) else { return }
        let value = object.annotations[annotation] ?? ""
        if let old, old.annotations[annotation] ?? "" == value { return }
        let path = "metadata.annotations[\(annotation)]"
        let link = "see https://github.com/kubernetes/enhancements/pull/1111"
        if value.isEmpty { return errors.required(path, "protected groups must have approval annotation \"\(annotation)\", \(link)") }
        let isLink = NetworkText.isRequestURI(value) && value.contains("://")
        if !value.hasPrefix("unapproved"), !isLink {
            errors.invalid(
                path, .string(value),
                "protected groups must have approval annotation \"\(annotation)\" with either a URL or a reason starting with \"unapproved\", \(link)"
            )
        }
    }
}
