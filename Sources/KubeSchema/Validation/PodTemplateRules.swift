// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a pod spec must hold, by itself or in a template.
///
/// - Source: `ValidatePodSpec`, kubernetes pkg/apis/core/validation/validation.go (the rules that a hand-written manifest breaks).
package enum PodTemplateRules {
    package static func check(_ spec: JSONValue?, at path: String, restartPolicies: [String], _ errors: inout FieldErrors) {
        let volumes = volumeNames(spec?["volumes"]?.array ?? [], at: "\(path).volumes", &errors)
        if (spec?["containers"]?.array ?? []).isEmpty { errors.required("\(path).containers") }
        var names: Set<String> = []
        for list in ["containers", "initContainers"] {
            for (index, container) in (spec?[list]?.array ?? []).enumerated() {
                let at = "\(path).\(list)[\(index)]"
                ContainerRules.check(container, at: at, volumes: volumes, &errors)
                if let name = container["name"]?.string, !name.isEmpty, !names.insert(name).inserted { errors.duplicate("\(at).name", .string(name)) }
            }
        }
        let policy = spec?["restartPolicy"]?.string ?? "Always"
        if !restartPolicies.contains(policy) { errors.unsupported("\(path).restartPolicy", .string(policy), supported: restartPolicies) }
        let dns = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]
        if let policy = spec?["dnsPolicy"]?.string, !dns.contains(policy) { errors.unsupported("\(path).dnsPolicy", .string(policy), supported: dns) }
        if let grace = spec?["terminationGracePeriodSeconds"]?.int, grace < 0 {
            errors.invalid("\(path).terminationGracePeriodSeconds", .integer(grace), "must be greater than or equal to 0")
        }
        if let deadline = spec?["activeDeadlineSeconds"]?.int, !(1...Int64(Int32.max)).contains(deadline) {
            errors.invalid("\(path).activeDeadlineSeconds", .integer(deadline), "must be between 1 and 2147483647, inclusive")
        }
        if let node = spec?["nodeName"]?.string, !node.isEmpty, let problem = NameRule.subdomain.problem(node) {
            errors.invalid("\(path).nodeName", .string(node), problem)
        }
        MetadataRules.checkLabels(spec?["nodeSelector"], at: "\(path).nodeSelector", &errors)
    }

    /// Whether a pod's spec differs in what may not change once the pod exists.
    package static func checkUpdate(_ spec: JSONValue, replacing old: JSONValue, _ errors: inout FieldErrors) {
        guard fixedPart(of: spec) != fixedPart(of: old) else { return }
        errors.forbidden(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
                + "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
        )
    }

    private static func fixedPart(of spec: JSONValue) -> JSONValue {
        var spec = spec
        for list in ["containers", "initContainers"] { spec.changeElements(list) { $0["image"] = nil } }
        for field in ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"] { spec[field] = nil }
        return spec
    }

    private static func volumeNames(_ volumes: [JSONValue], at path: String, _ errors: inout FieldErrors) -> Set<String> {
        var names: Set<String> = []
        for (index, volume) in volumes.enumerated() {
            let name = volume["name"]?.string ?? ""
            if name.isEmpty {
                errors.required("\(path)[\(index)].name")
            } else if let problem = NameRule.label.problem(name) {
                errors.invalid("\(path)[\(index)].name", .string(name), problem)
            } else if !names.insert(name).inserted {
                errors.duplicate("\(path)[\(index)].name", .string(name))
            }
            // Beside its name a volume has one source.
            let sources = (volume.object?.keys.filter { $0 != "name" } ?? [])
            for source in sources.dropFirst() { errors.forbidden("\(path)[\(index)].\(source)", "may not specify more than 1 volume type") }
        }
        return names
    }
}
