// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// - Source: `ValidateService`, kubernetes pkg/apis/core/validation/validation.go
package enum ServiceRules {
    package static func errors(_ spec: JSONValue) -> FieldErrors {
        var errors = FieldErrors()
        let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
        let type = spec["type"]?.string ?? "ClusterIP"
        if !types.contains(type) { errors.unsupported("spec.type", .string(type), supported: types) }
        let ports = spec["ports"]?.array ?? []
        if ports.isEmpty, spec["clusterIP"] != "None", type != "ExternalName" { errors.required("spec.ports") }
        if type == "ExternalName", (spec["externalName"]?.string ?? "").isEmpty { errors.required("spec.externalName") }
        checkPorts(ports, &errors)
        MetadataRules.checkLabels(spec["selector"], at: "spec.selector", &errors)
        let affinities = ["ClientIP", "None"]
        if let affinity = spec["sessionAffinity"]?.string, !affinities.contains(affinity) {
            errors.unsupported("spec.sessionAffinity", .string(affinity), supported: affinities)
        }
        return errors
    }

    package static func updateErrors(_ spec: JSONValue, replacing old: JSONValue) -> FieldErrors {
        var errors = errors(spec)
        let (new, before) = (spec["clusterIP"]?.string ?? "", old["clusterIP"]?.string ?? "")
        let isExternal = spec["type"] == "ExternalName" || old["type"] == "ExternalName"
        if new != before, !before.isEmpty, !isExternal { errors.invalid("spec.clusterIPs[0]", [.string(new)], "may not change once set") }
        return errors
    }

    private static func checkPorts(_ ports: [JSONValue], _ errors: inout FieldErrors) {
        var names: Set<String> = []
        var numbers: Set<String> = []
        for (index, port) in ports.enumerated() {
            let path = "spec.ports[\(index)]"
            let name = port["name"]?.string ?? ""
            if name.isEmpty {
                if ports.count > 1 { errors.required("\(path).name") }
            } else if let problem = NameRule.label.problem(name) {
                errors.invalid("\(path).name", .string(name), problem)
            } else if !names.insert(name).inserted {
                errors.duplicate("\(path).name", .string(name))
            }
            checkNumber(port["port"], at: "\(path).port", &errors)
            let transport = port["protocol"]?.string ?? "TCP"
            if !["SCTP", "TCP", "UDP"].contains(transport) {
                errors.unsupported("\(path).protocol", .string(transport), supported: ["SCTP", "TCP", "UDP"])
            }
            if let target = port["targetPort"] { PortRules.checkNumberOrName(target, at: "\(path).targetPort", &errors) }
            if !numbers.insert("\(port["port"]?.int ?? 0)/\(transport)").inserted {
                errors.duplicate(path, ["port": port["port"] ?? 0, "protocol": .string(transport)])
            }
        }
    }

    private static func checkNumber(_ port: JSONValue?, at path: String, _ errors: inout FieldErrors) {
        let number = port?.int ?? 0
        if !(1...65535).contains(number) { errors.invalid(path, .integer(number), PortRules.range) }
    }
}
