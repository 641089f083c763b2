// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What `metadata` must hold, whatever the kind.
///
/// - Source: `ValidateObjectMetaAccessor`, `ValidateObjectMetaUpdate`, k8s.io/apimachinery pkg/api/validation/objectmeta.go
package enum MetadataRules {
    private static let maximumAnnotationBytes = 256 << 10

    package static func errors(_ object: KubeObject, names: NameRule, isNamespaced: Bool) -> FieldErrors {
        var errors = FieldErrors()
        let metadata = object["metadata"] ?? [:]
        if let base = metadata["generateName"]?.string, !base.isEmpty, let problem = names.problem(prefix: base) {
            errors.invalid("metadata.generateName", .string(base), problem)
        }
        if object.name.isEmpty {
            errors.required("metadata.name", "name or generateName is required")
        } else if let problem = names.problem(object.name) {
            errors.invalid("metadata.name", .string(object.name), problem)
        }
        checkNamespace(object.namespace, isNamespaced, &errors)
        if object.generation < 0 { errors.invalid("metadata.generation", .integer(object.generation), "must be greater than or equal to 0") }
        checkLabels(metadata["labels"], at: "metadata.labels", &errors)
        checkAnnotations(metadata["annotations"], &errors)
        checkFinalizers(object.finalizers, &errors)
        checkOwners(metadata["ownerReferences"]?.array ?? [], &errors)
        return errors
    }

    /// What may not change.
    package static func updateErrors(_ object: KubeObject, replacing old: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        for field in ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
            let value = object.value(at: "metadata", field)
            if value != old.value(at: "metadata", field) { errors.immutable("metadata.\(field)", value) }
        }
        if object.resourceVersion.isEmpty { errors.invalid("metadata.resourceVersion", "", "must be specified for an update") }
        if object.generation < old.generation { errors.invalid("metadata.generation", .integer(object.generation), "must not be decremented") }
        return errors
    }

    private static func checkNamespace(_ namespace: String, _ isNamespaced: Bool, _ errors: inout FieldErrors) {
        if !isNamespaced {
            if !namespace.isEmpty { errors.forbidden("metadata.namespace", "not allowed on this type") }
        } else if namespace.isEmpty {
            errors.required("metadata.namespace")
        } else if let problem = NameRule.label.problem(namespace) {
            errors.invalid("metadata.namespace", .string(namespace), problem)
        }
    }

    package static func checkLabels(_ labels: JSONValue?, at path: String, _ errors: inout FieldErrors) {
        for label in labels?.object ?? [:] {
            for problem in LabelSyntax.problems(key: label.key) { errors.invalid(path, .string(label.key), problem) }
            for problem in LabelSyntax.problems(value: label.value.string ?? "") { errors.invalid(path, label.value, problem) }
        }
    }

    private static func checkAnnotations(_ annotations: JSONValue?, _ errors: inout FieldErrors) {
        var bytes = 0
        for annotation in annotations?.object ?? [:] {
            // Upper case is let pass in the prefix.
            for problem in LabelSyntax.problems(key: annotation.key.lowercased()) {
                errors.invalid("metadata.annotations", .string(annotation.key), problem)
            }
            bytes += annotation.key.utf8.count + (annotation.value.string?.utf8.count ?? 0)
        }
        if bytes > maximumAnnotationBytes { errors.tooLong("metadata.annotations", maximumBytes: maximumAnnotationBytes) }
    }

    private static func checkFinalizers(_ finalizers: [String], _ errors: inout FieldErrors) {
        for finalizer in finalizers {
            for problem in LabelSyntax.problems(key: finalizer) { errors.invalid("metadata.finalizers", .string(finalizer), problem) }
        }
    }

    private static func checkOwners(_ owners: [JSONValue], _ errors: inout FieldErrors) {
        var controllers = 0
        for (index, owner) in owners.enumerated() {
            let path = "metadata.ownerReferences[\(index)]"
            if (owner["apiVersion"]?.string ?? "").isEmpty { errors.invalid("\(path).apiVersion", "", "version must not be empty") }
            for field in ["kind", "name", "uid"] where (owner[field]?.string ?? "").isEmpty {
                errors.invalid("\(path).\(field)", "", "must not be empty")
            }
            if owner["controller"] == true { controllers += 1 }
        }
        if controllers > 1 {
            errors.invalid(
                "metadata.ownerReferences", .array(owners), "Only one reference can have Controller set to true. Found \"true\" in references")
        }
    }
}
