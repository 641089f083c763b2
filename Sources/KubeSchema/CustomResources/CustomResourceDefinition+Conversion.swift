// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension CustomResourceDefinition {
    /// A definition of either version as one of v1, with v1's defaults: names that follow from the kind, no conversion.
    ///
    /// - Source: `Convert_v1beta1_CustomResourceDefinitionSpec_To_apiextensions_CustomResourceDefinitionSpec`, `SetDefaults_…`,
    ///   k8s.io/apiextensions-apiserver pkg/apis/apiextensions/{v1beta1,v1}
    package static func upgraded(_ object: KubeObject) -> KubeObject {
        var object = object
        var spec = object.spec.object ?? [:]
        if object.apiVersion == v1beta1.apiVersion {
            object["apiVersion"] = .string(v1.apiVersion)
            spec = upgradedSpec(spec)
        }
        object["spec"] = .object(defaulted(spec))
        return object
    }

    /// A definition of v1 as v1beta1 shows it: what all versions say alike stands at the top.
    package static func downgraded(_ object: KubeObject) -> KubeObject {
        guard object.apiVersion == v1.apiVersion else { return object }
        var object = object
        var spec = object.spec.object ?? [:]
        let layout = VersionLayout(.object(spec))
        var versions = layout.versions.map { version in
            var version = version
            if let columns = version["additionalPrinterColumns"]?.array {
                version["additionalPrinterColumns"] = .array(columns.map { renamed($0, "jsonPath", to: "JSONPath") })
            }
            return version
        }
        if let first = versions.first {
            spec["version"] = first["name"]
            for (name, top, isShared) in [
                ("schema", "validation", layout.sharesSchema), ("subresources", "subresources", layout.sharesSubresources),
                ("additionalPrinterColumns", "additionalPrinterColumns", layout.sharesColumns),
            ] where isShared {
                spec[top] = first[name]
                for index in versions.indices { versions[index][name] = nil }
            }
        }
        spec["versions"] = .array(versions)
        if object.isPlaceholder {
            // What is merged into it is to count as if nothing had been there: schemas of that age say less than v1 asks for.
            spec["validation"] = nil
        } else if spec["preserveUnknownFields"] == nil {
            // Absent, it would mean true.
            spec["preserveUnknownFields"] = false
        }
        if var conversion = spec["conversion"], let webhook = conversion["webhook"] {
            conversion["webhook"] = nil
            conversion["webhookClientConfig"] = webhook["clientConfig"]
            conversion["conversionReviewVersions"] = webhook["conversionReviewVersions"]
            spec["conversion"] = conversion
        }
        object["apiVersion"] = .string(v1beta1.apiVersion)
        object["spec"] = .object(spec)
        return object
    }

    private static func upgradedSpec(_ old: JSONObject) -> JSONObject {
        var spec = old
        var versions = spec["versions"]?.array ?? []
        if versions.isEmpty, let name = spec["version"]?.string, !name.isEmpty {
            versions = [["name": .string(name), "served": true, "storage": true]]
        }
        let tops = [("validation", "schema"), ("subresources", "subresources"), ("additionalPrinterColumns", "additionalPrinterColumns")]
        for index in versions.indices {
            for (top, name) in tops where versions[index][name] == nil {
                if let value = old[top], !value.isNull { versions[index][name] = value }
            }
            if let columns = versions[index]["additionalPrinterColumns"]?.array {
                versions[index]["additionalPrinterColumns"] = .array(columns.map { renamed($0, "JSONPath", to: "jsonPath") })
            }
        }
        for name in ["version", "validation", "subresources", "additionalPrinterColumns"] { spec[name] = nil }
        spec["versions"] = .array(versions)
        if (spec["scope"]?.string ?? "").isEmpty { spec["scope"] = "Namespaced" }
        if spec["preserveUnknownFields"]?.bool == nil { spec["preserveUnknownFields"] = true }
        if var conversion = spec["conversion"], conversion["webhookClientConfig"] != nil || conversion["conversionReviewVersions"] != nil {
            var webhook = JSONObject()
            webhook["clientConfig"] = conversion["webhookClientConfig"]
            webhook["conversionReviewVersions"] = conversion["conversionReviewVersions"]
            conversion["webhookClientConfig"] = nil
            conversion["conversionReviewVersions"] = nil
            conversion["webhook"] = .object(webhook)
            spec["conversion"] = conversion
        }
        return spec
    }

    private static func defaulted(_ old: JSONObject) -> JSONObject {
        var spec = old
        if var names = spec["names"] {
            let defaults = Names(names)
            if (names["singular"]?.string ?? "").isEmpty, !defaults.kind.isEmpty { names["singular"] = .string(defaults.singular) }
            if (names["listKind"]?.string ?? "").isEmpty, !defaults.kind.isEmpty { names["listKind"] = .string(defaults.listKind) }
            spec["names"] = names
        }
        if spec["conversion"]?.object == nil { spec["conversion"] = ["strategy": "None"] }
        return spec
    }

    private static func renamed(_ json: JSONValue, _ old: String, to new: String) -> JSONValue {
        guard let value = json[old] else { return json }
        var json = json
        json[old] = nil
        json[new] = value
        return json
    }
}
