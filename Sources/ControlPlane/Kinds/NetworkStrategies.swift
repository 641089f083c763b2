// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema
import NIOCore

extension ResourceStrategy {
    static let service = ResourceStrategy(
        allowsCreateOnUpdate: true, nameRule: .letterLabel, returnsDeletedObject: true,
        prepareForCreate: { service, _ in service["status"] = ["loadBalancer": [:]] },
        validateCreate: { service, _ in ServiceRules.errors(service.spec).causes },
        validateUpdate: { service, old, _ in ServiceRules.updateErrors(service.spec, replacing: old.spec).causes })

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
        guard (try? SocketAddress(ipAddress: address, port: 0)) != nil else {
            return errors.invalid(path, .string(address), "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
        }
        if block.contains(address) { return }
        if address.hasPrefix("127.") || address == "::1" {
            errors.invalid(path, .string(address), "may not be in the loopback range (127.0.0.0/8, ::1/128)")
        } else if address == "0.0.0.0" || address == "::" {
            errors.invalid(path, .string(address), "may not be unspecified (\(address))")
        } else if address.hasPrefix("169.254.") {
            errors.invalid(path, .string(address), "may not be in the link-local range (169.254.0.0/16, fe80::/10)")
        }
    }
}
