// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ResourceStrategy {
    static let service = ResourceStrategy(
        allowsCreateOnUpdate: true, nameRule: .letterLabel, returnsDeletedObject: true,
        prepareForCreate: { service, _ in service["status"] = ["loadBalancer": [:]] },
        validateCreate: { service, _ in serviceErrors(service).causes },
        validateUpdate: { service, old, _ in
            var errors = serviceErrors(service)
            let (new, before) = (service.spec["clusterIP"]?.string ?? "", old.spec["clusterIP"]?.string ?? "")
            let isExternal = service.spec["type"]?.string == "ExternalName" || old.spec["type"]?.string == "ExternalName"
            if new != before, !before.isEmpty, !isExternal { errors.immutable("spec.clusterIPs[0]", .string(new)) }
            return errors.causes
        })

    /// - Source: `ValidateService`, kubernetes pkg/apis/core/validation/validation.go
    private static func serviceErrors(_ service: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        let spec = service.spec
        let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
        let type = spec["type"]?.string ?? "ClusterIP"
        if !types.contains(type) { errors.unsupported("spec.type", .string(type), supported: types) }
        let ports = spec["ports"]?.array ?? []
        if ports.isEmpty, spec["clusterIP"]?.string != "None", type != "ExternalName" { errors.required("spec.ports") }
        if type == "ExternalName", (spec["externalName"]?.string ?? "").isEmpty { errors.required("spec.externalName") }
        checkPorts(ports, &errors)
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
            } else if !names.insert(name).inserted {
                errors.duplicate("\(path).name", .string(name))
            }
            PodTemplateRules.checkPort(port["port"], at: "\(path).port", &errors)
            let transport = port["protocol"]?.string ?? "TCP"
            if !["SCTP", "TCP", "UDP"].contains(transport) {
                errors.unsupported("\(path).protocol", .string(transport), supported: ["SCTP", "TCP", "UDP"])
            }
            if !numbers.insert("\(port["port"]?.int ?? 0)/\(transport)").inserted {
                errors.duplicate(path, ["port": port["port"] ?? 0, "protocol": .string(transport)])
            }
        }
    }

    static let endpoints = ResourceStrategy(
        allowsCreateOnUpdate: true,
        validateCreate: { endpoints, context in endpointsErrors(endpoints, context).causes },
        validateUpdate: { endpoints, _, context in endpointsErrors(endpoints, context).causes })

    private static func endpointsErrors(_ endpoints: KubeObject, _ context: ValidationContext) -> FieldErrors {
        var errors = FieldErrors()
        for (index, subset) in (endpoints["subsets"]?.array ?? []).enumerated() {
            for list in ["addresses", "notReadyAddresses"] {
                for (place, address) in (subset[list]?.array ?? []).enumerated() {
                    EndpointAddress.check(address["ip"]?.string ?? "", at: "subsets[\(index)].\(list)[\(place)].ip", context.block, &errors)
                }
            }
        }
        return errors
    }

    static let endpointSlice = ResourceStrategy(
        generation: .allButMetadata,
        validateCreate: { slice, context in sliceErrors(slice, context).causes },
        validateUpdate: { slice, old, context in
            var errors = sliceErrors(slice, context)
            if slice["addressType"] != old["addressType"] { errors.immutable("addressType", slice["addressType"]) }
            return errors.causes
        })

    private static func sliceErrors(_ slice: KubeObject, _ context: ValidationContext) -> FieldErrors {
        var errors = FieldErrors()
        let types = ["IPv4", "IPv6", "FQDN"]
        let type = slice["addressType"]?.string ?? ""
        if type.isEmpty {
            errors.required("addressType")
        } else if !types.contains(type) {
            errors.unsupported("addressType", .string(type), supported: types)
        }
        for (index, endpoint) in (slice["endpoints"]?.array ?? []).enumerated() {
            let addresses = endpoint["addresses"]?.array ?? []
            if addresses.isEmpty { errors.required("endpoints[\(index)].addresses", "must contain at least 1 address") }
            guard type != "FQDN" else { continue }
            for (place, address) in addresses.enumerated() {
                EndpointAddress.check(address.string ?? "", at: "endpoints[\(index)].addresses[\(place)]", context.block, &errors)
            }
        }
        return errors
    }
}

/// Which addresses may stand behind a Service.
///
/// Upstream refuses loopback; a lab lives on it, so its own block is let in and the rest of 127/8 refused as upstream does.
enum EndpointAddress {
    static func check(_ address: String, at path: String, _ block: LoopbackBlock, _ errors: inout FieldErrors) {
        if block.contains(address) { return }
        if address.isEmpty { return errors.invalid(path, "", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)") }
        if address.hasPrefix("127.") || address == "::1" {
            errors.invalid(path, .string(address), "may not be in the loopback range (127.0.0.0/8, ::1/128)")
        } else if address == "0.0.0.0" || address == "::" {
            errors.invalid(path, .string(address), "may not be unspecified (\(address))")
        } else if address.hasPrefix("169.254.") {
            errors.invalid(path, .string(address), "may not be in the link-local range (169.254.0.0/16, fe80::/10)")
        }
    }
}
