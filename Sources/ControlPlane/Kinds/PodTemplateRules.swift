// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a pod spec must hold, by itself or in a template.
///
/// - Source: `ValidatePodSpec`, kubernetes pkg/apis/core/validation/validation.go (the rules that a hand-written manifest breaks).
enum PodTemplateRules {
    static func check(_ spec: JSONValue?, at path: String, restartPolicies: [String], _ errors: inout FieldErrors) {
        let containers = spec?["containers"]?.array ?? []
        if containers.isEmpty { errors.required("\(path).containers") }
        let volumes = volumeNames(spec?["volumes"]?.array ?? [], at: "\(path).volumes", &errors)
        var names: Set<String> = []
        for (list, containers) in [("initContainers", spec?["initContainers"]?.array ?? []), ("containers", containers)] {
            for (index, container) in containers.enumerated() {
                let at = "\(path).\(list)[\(index)]"
                check(container, at: at, volumes: volumes, &errors)
                if let name = container["name"]?.string, !name.isEmpty, !names.insert(name).inserted {
                    errors.duplicate("\(at).name", .string(name))
                }
            }
        }
        let policy = spec?["restartPolicy"]?.string ?? "Always"
        if !restartPolicies.contains(policy) {
            errors.unsupported("\(path).restartPolicy", .string(policy), supported: restartPolicies)
        }
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
        }
        return names
    }

    private static func check(_ container: JSONValue, at path: String, volumes: Set<String>, _ errors: inout FieldErrors) {
        let name = container["name"]?.string ?? ""
        if name.isEmpty {
            errors.required("\(path).name")
        } else if let problem = NameRule.label.problem(name) {
            errors.invalid("\(path).name", .string(name), problem)
        }
        if (container["image"]?.string ?? "").isEmpty { errors.required("\(path).image") }
        for (index, port) in (container["ports"]?.array ?? []).enumerated() {
            checkPort(port["containerPort"], at: "\(path).ports[\(index)].containerPort", &errors)
        }
        for (index, mount) in (container["volumeMounts"]?.array ?? []).enumerated() {
            let volume = mount["name"]?.string ?? ""
            if volume.isEmpty {
                errors.required("\(path).volumeMounts[\(index)].name")
            } else if !volumes.contains(volume) {
                errors.notFound("\(path).volumeMounts[\(index)].name", .string(volume))
            }
            if (mount["mountPath"]?.string ?? "").isEmpty { errors.required("\(path).volumeMounts[\(index)].mountPath") }
        }
        checkResources(container["resources"], at: "\(path).resources", &errors)
    }

    static func checkPort(_ port: JSONValue?, at path: String, _ errors: inout FieldErrors) {
        guard let number = port?.int, number != 0 else { return errors.required(path) }
        if !(1...65535).contains(number) { errors.invalid(path, port, "must be between 1 and 65535, inclusive") }
    }

    private static func checkResources(_ resources: JSONValue?, at path: String, _ errors: inout FieldErrors) {
        for list in ["limits", "requests"] {
            for member in resources?[list]?.object ?? [:] {
                guard let text = QuantityText.canonical(member.value) else { continue }  // the schema has refused it
                if text.hasPrefix("-") {
                    errors.invalid("\(path).\(list)[\(member.key)]", .string(text), "must be greater than or equal to 0")
                }
            }
        }
        for member in resources?["requests"]?.object ?? [:] {
            guard let limit = resources?.value(at: "limits", member.key), let requested = quantity(member.value), let allowed = quantity(limit),
                requested > allowed
            else { continue }
            errors.invalid(
                "\(path).requests", .string(requested.description), "must be less than or equal to \(member.key) limit of \(allowed.description)")
        }
    }

    private static func quantity(_ value: JSONValue) -> Quantity? { QuantityText.canonical(value).flatMap { try? Quantity($0) } }
}
