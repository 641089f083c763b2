// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema

/// Which of the names that a definition asks for are its own, and what its conditions say of that.
///
/// - Source: `NamingConditionController.calculateNamesAndConditions`, k8s.io/apiextensions-apiserver pkg/controller/status
enum DefinitionNames {
    /// Names that others in the group have.
    struct Taken: Sendable {
        /// Plurals, singulars and short names, which clients may say for one another.
        var resources: Set<String> = []
        var kinds: Set<String> = []

        mutating func insert(_ names: CustomResourceDefinition.Names) {
            resources.formUnion(([names.plural, names.singular] + names.shortNames).filter { !$0.isEmpty })
            kinds.formUnion([names.kind, names.listKind].filter { !$0.isEmpty })
        }
    }

    /// The status of a definition, in the form of v1.
    static func status(of definition: KubeObject, taken: Taken, now: Timestamp) -> JSONValue {
        let requested = CustomResourceDefinition.Names(definition.spec["names"] ?? [:])
        let accepted = CustomResourceDefinition.Names(definition.status["acceptedNames"] ?? [:])
        var (names, problem) = judged(requested, accepted: accepted, taken)
        names.categories = requested.categories
        var definition = definition
        definition.set(json(names), at: "status", "acceptedNames")
        definition.turn(
            "NamesAccepted", problem == nil, reason: problem?.reason ?? "NoConflicts", message: problem?.message ?? "no conflicts found", now: now)
        // What was established stays so, whatever names it asks for later.
        if !definition.hasTrueCondition("Established") {
            definition.turn(
                "Established", problem == nil, reason: problem == nil ? "InitialNamesAccepted" : "NotAccepted",
                message: problem == nil ? "the initial names have been accepted" : "not all names are accepted", now: now)
        }
        return definition.status
    }

    private static func judged(
        _ requested: CustomResourceDefinition.Names, accepted: CustomResourceDefinition.Names, _ taken: Taken
    ) -> (CustomResourceDefinition.Names, (reason: String, message: String)?) {
        var names = accepted
        var problem: (reason: String, message: String)?
        func isFree(_ name: String, _ known: Set<String>, _ reason: String) -> Bool {
            guard !name.isEmpty, known.contains(name) else { return true }
            problem = (reason, "\(JSONValue.string(name).encodedText) is already in use")
            return false
        }
        if isFree(requested.plural, taken.resources, "PluralConflict") { names.plural = requested.plural }
        if isFree(requested.singular, taken.resources, "SingularConflict") { names.singular = requested.singular }
        let areFree = requested.shortNames.map { isFree($0, taken.resources, "ShortNamesConflict") }
        if !areFree.contains(false) { names.shortNames = requested.shortNames }
        if isFree(requested.kind, taken.kinds, "KindConflict") { names.kind = requested.kind }
        if isFree(requested.listKind, taken.kinds, "ListKindConflict") { names.listKind = requested.listKind }
        return (names, problem)
    }

    private static func json(_ names: CustomResourceDefinition.Names) -> JSONValue {
        var json: JSONObject = ["plural": .string(names.plural), "kind": .string(names.kind)]
        if !names.singular.isEmpty { json["singular"] = .string(names.singular) }
        if !names.listKind.isEmpty { json["listKind"] = .string(names.listKind) }
        if !names.shortNames.isEmpty { json["shortNames"] = JSONValue(names.shortNames) }
        if !names.categories.isEmpty { json["categories"] = JSONValue(names.categories) }
        return .object(json)
    }
}
