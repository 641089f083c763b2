// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// How often the template of a DaemonSet has changed: a field in extensions/v1beta1, an annotation in the versions since.
///
/// - Source: `Convert_apps_DaemonSet_To_v1_DaemonSet`, kubernetes pkg/apis/apps/v1/conversion.go
package enum TemplateGeneration {
    package static let annotation = "deprecated.daemonset.template.generation"

    /// nil where the annotation is missing or is no number.
    package static func value(of daemonSet: KubeObject) -> Int64? { daemonSet.annotations[annotation].flatMap { Int64($0) } }

    static func toAnnotation(_ json: inout JSONValue) {
        let generation = json.value(at: "spec", "templateGeneration")?.int ?? 0
        json.change("spec") { $0["templateGeneration"] = nil }
        json.change("metadata") { metadata in
            var annotations = metadata["annotations"] ?? [:]
            annotations[annotation] = .string(String(generation))
            metadata["annotations"] = annotations
        }
    }

    static func fromAnnotation(_ json: inout JSONValue) {
        let generation = json.value(at: "metadata", "annotations", annotation)?.string.flatMap { Int64($0) }
        json.change("metadata") { metadata in
            metadata.change("annotations") { $0[annotation] = nil }
            if metadata["annotations"]?.object?.isEmpty == true { metadata["annotations"] = nil }
        }
        guard let generation else { return }
        json.change("spec") { $0["templateGeneration"] = .integer(generation) }
    }
}
