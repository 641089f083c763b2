// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension CustomResourceDefinition {
    /// What is wrong with a definition, or with what an update changes; metadata's common rules are `MetadataRules`' matter.
    ///
    /// - Parameter object: Of either version of the API.
    /// - Parameter old: What it replaces; nil when it is created.
    /// - Parameter isBeta: Whether it was written as one of v1beta1, which allows more; by default as it says itself.
    /// - Source: `ValidateCustomResourceDefinition(Update)`, k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go
    package static func validate(_ object: KubeObject, replacing old: KubeObject? = nil, isBeta: Bool? = nil) -> [APIError.Cause] {
        var rules = DefinitionRules(upgraded(object), isBeta: isBeta ?? (object.apiVersion == v1beta1.apiVersion))
        rules.check(replacing: old.map(upgraded))
        return rules.errors.causes
    }
}

struct DefinitionRules {
    var errors = FieldErrors()
    let object: KubeObject
    let spec: JSONValue
    let layout: VersionLayout
    let isBeta: Bool

    init(_ object: KubeObject, isBeta: Bool) {
        self.object = object
        self.isBeta = isBeta
        spec = object.spec
        layout = VersionLayout(object.spec)
    }

    private var preserves: Bool { spec["preserveUnknownFields"]?.bool ?? false }
    func text(_ path: String...) -> String { spec.value(at: path[...])?.string ?? "" }

    mutating func check(replacing old: KubeObject?) {
        if object.name != "\(text("names", "plural")).\(text("group"))" {
            errors.invalid("metadata.name", .string(object.name), "must be spec.names.plural+\".\"+spec.group")
        }
        checkGroupAndScope()
        checkSchemas()
        checkVersions()
        checkNames(spec["names"] ?? [:], at: "spec.names", areRequired: true)
        checkConversion()
        if let old { checkUnchanged(from: old) }
        checkNames(object.status["acceptedNames"] ?? [:], at: "status.acceptedNames", areRequired: false)
        checkStoredVersions(isUpdate: old != nil)
        checkApproval(old)
        if !isBeta, preserves, !(old?.spec["preserveUnknownFields"]?.bool ?? false) {
            errors.invalid(
                "spec.preserveUnknownFields", true,
                "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead")
        }
    }

    private mutating func checkGroupAndScope() {
        let group = text("group")
        if group.isEmpty {
            errors.required("spec.group")
        } else if let problem = NameRule.subdomain.problem(group) {
            errors.invalid("spec.group", .string(group), problem)
        } else if !group.contains(".") {
            errors.invalid("spec.group", .string(group), "should be a domain with at least one dot")
        }
        let scope = text("scope")
        if scope.isEmpty {
            errors.required("spec.scope")
        } else if scope != "Cluster", scope != "Namespaced" {
            errors.unsupported("spec.scope", .string(scope), supported: ["Cluster", "Namespaced"])
        }
    }

    private mutating func checkSchemas() {
        let schemas = layout.versions.map { $0.value(at: "schema", "openAPIV3Schema") ?? .null }
        if !(isBeta && preserves) {
            for (index, schema) in schemas.enumerated() where schema.isNull {
                errors.required("spec.versions[\(index)].schema.openAPIV3Schema", "schemas are required")
            }
        }
        if preserves, schemas.contains(where: { Version.hasDefaults($0) }) {
            errors.invalid("spec.preserveUnknownFields", true, "must be false in order to use defaults in the schema")
        }
    }

    private typealias Version = CustomResourceDefinition.Version

    private mutating func checkVersions() {
        var names: Set<String> = []
        var storageCount = 0
        for (index, version) in layout.versions.enumerated() {
            let name = version["name"]?.string ?? ""
            if version["storage"] == true { storageCount += 1 }
            names.insert(name)
            if let problem = NameRule.letterLabel.problem(name) { errors.invalid("spec.versions[\(index)].name", .string(name), problem) }
            var rules = VersionRules(version, index: index, layout: layout)
            rules.check(preserving: preserves)
            errors.append(rules.errors)
        }
        // Without the schemas, which say nothing of it.
        let told = JSONValue.array(
            layout.versions.map { version in
                var version = version
                version["schema"] = nil
                return version
            })
        if names.count < layout.versions.count { errors.invalid("spec.versions", told, "must contain unique version names") }
        if storageCount != 1 { errors.invalid("spec.versions", told, "must have exactly one version marked as storage version") }
    }

    private mutating func checkNames(_ names: JSONValue, at path: String, areRequired: Bool) {
        func text(_ name: String) -> String { names[name]?.string ?? "" }
        if areRequired {
            for name in ["plural", "singular", "kind", "listKind"] where text(name).isEmpty { errors.required("\(path).\(name)") }
        }
        for name in ["plural", "singular"] where !text(name).isEmpty {
            if let problem = NameRule.letterLabel.problem(text(name)) { errors.invalid("\(path).\(name)", .string(text(name)), problem) }
        }
        for name in ["kind", "listKind"] where !text(name).isEmpty {
            guard let problem = NameRule.letterLabel.problem(text(name).lowercased()) else { continue }
            errors.invalid("\(path).\(name)", .string(text(name)), "may have mixed case, but should otherwise match: \(problem)")
        }
        func checkEach(_ name: String, _ errors: inout FieldErrors) {
            for (index, element) in (names[name]?.array ?? []).enumerated() {
                guard let problem = NameRule.letterLabel.problem(element.string ?? "") else { continue }
                errors.invalid("\(path).\(name)[\(index)]", element, problem)
            }
        }
        checkEach("shortNames", &errors)
        if !text("kind").isEmpty, text("kind") == text("listKind") {
            errors.invalid("\(path).listKind", .string(text("listKind")), "kind and listKind may not be the same")
        }
        checkEach("categories", &errors)
    }

    /// Objects are converted only by their `apiVersion`; there is nothing here that calls a webhook.
    private mutating func checkConversion() {
        let strategy = text("conversion", "strategy")
        if strategy.isEmpty { return errors.required("spec.conversion.strategy") }
        if strategy != "None" { return errors.unsupported("spec.conversion.strategy", .string(strategy), supported: ["None"]) }
        if let webhook = spec["conversion"]?["webhook"], !webhook.isNull {
            errors.forbidden("spec.conversion.webhookClientConfig", "should not be set when strategy is not set to Webhook")
        }
    }
}
