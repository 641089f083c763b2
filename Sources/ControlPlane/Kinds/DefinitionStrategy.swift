// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema

extension ResourceStrategy {
    /// - Source: k8s.io/apiextensions-apiserver pkg/registry/customresourcedefinition/strategy.go
    static let customResourceDefinition = ResourceStrategy(
        allowsUnconditionalUpdate: false, generation: .spec,
        prepareForCreate: { definition, _ in
            definition["status"] = ["acceptedNames": ["kind": "", "plural": ""], "conditions": .null, "storedVersions": .null]
            noteStorageVersion(&definition)
            // Its objects go before it does.
            if !definition.finalizers.contains(CustomResourceService.finalizer) {
                definition.set(JSONValue(definition.finalizers + [CustomResourceService.finalizer]), at: "metadata", "finalizers")
            }
        },
        prepareForUpdate: { definition, old in
            if old.isPlaceholder, definition["spec"] != old["spec"] { definition.endPlaceholder() }
            noteStorageVersion(&definition)
        },
        validateCreate: { definition, context in CustomResourceDefinition.validate(definition, isBeta: context.version == "v1beta1") },
        validateUpdate: { definition, old, context in
            CustomResourceDefinition.validate(definition, replacing: old, isBeta: context.version == "v1beta1")
        },
        warning: { definition in
            guard (try? CustomResourceDefinition(definition))?.hasRules ?? false else { return nil }
            return "x-kubernetes-validations: the lab keeps rules in CEL and does not enforce them"
        })

    /// A version in which objects may be stored from now on.
    private static func noteStorageVersion(_ definition: inout KubeObject) {
        let versions = definition.spec["versions"]?.array ?? []
        guard let name = versions.first(where: { $0["storage"] == true })?["name"]?.string else { return }
        let stored = definition.status["storedVersions"]?.array?.compactMap(\.string) ?? []
        if !stored.contains(name) { definition.set(JSONValue(stored + [name]), at: "status", "storedVersions") }
    }
}
