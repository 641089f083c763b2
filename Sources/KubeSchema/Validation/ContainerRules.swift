// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// One container of a pod.
///
/// - Source: `validateContainers`, kubernetes pkg/apis/core/validation/validation.go
enum ContainerRules {
    /// - Parameter volumes: The names of the pod's volumes.
    static func check(_ container: JSONValue, at path: String, volumes: Set<String>, _ errors: inout FieldErrors) {
        let name = container["name"]?.string ?? ""
        if name.isEmpty {
            errors.required("\(path).name")
        } else if let problem = NameRule.label.problem(name) {
            errors.invalid("\(path).name", .string(name), problem)
        }
        let image = container["image"]?.string ?? ""
        if image.isEmpty {
            errors.required("\(path).image")
        } else if image.first == " " || image.last == " " {
            errors.invalid("\(path).image", .string(image), "must not have leading or trailing whitespace")
        }
        checkOneOf("imagePullPolicy", ["Always", "IfNotPresent", "Never"], in: container, at: path, &errors)
        checkPorts(container["ports"]?.array ?? [], at: "\(path).ports", &errors)
        for (index, variable) in (container["env"]?.array ?? []).enumerated() where (variable["name"]?.string ?? "").isEmpty {
            errors.required("\(path).env[\(index)].name")
        }
        checkMounts(container["volumeMounts"]?.array ?? [], volumes, at: "\(path).volumeMounts", &errors)
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            if let json = container[probe], json.object != nil {
                checkProbe(json, isLiveness: probe != "readinessProbe", at: "\(path).\(probe)", &errors)
            }
        }
        checkResources(container["resources"], at: "\(path).resources", &errors)
    }

    private static func checkOneOf(_ field: String, _ choices: [String], in value: JSONValue, at path: String, _ errors: inout FieldErrors) {
        guard let text = value[field]?.string, !choices.contains(text) else { return }
        errors.unsupported("\(path).\(field)", .string(text), supported: choices)
    }

    // MARK: Ports, mounts, probes

    private static func checkPorts(_ ports: [JSONValue], at path: String, _ errors: inout FieldErrors) {
        var names: Set<String> = []
        for (index, port) in ports.enumerated() {
            let at = "\(path)[\(index)]"
            PortRules.check(port["containerPort"], at: "\(at).containerPort", &errors)
            if let name = port["name"]?.string, !name.isEmpty {
                if let problem = PortRules.problem(name: name) { errors.invalid("\(at).name", .string(name), problem) }
                if !names.insert(name).inserted { errors.duplicate("\(at).name", .string(name)) }
            }
            if let host = port["hostPort"]?.int, host != 0, !(1...65535).contains(host) {
                errors.invalid("\(at).hostPort", .integer(host), PortRules.range)
            }
            checkOneOf("protocol", ["SCTP", "TCP", "UDP"], in: port, at: at, &errors)
        }
    }

    private static func checkMounts(_ mounts: [JSONValue], _ volumes: Set<String>, at path: String, _ errors: inout FieldErrors) {
        var paths: Set<String> = []
        for (index, mount) in mounts.enumerated() {
            let volume = mount["name"]?.string ?? ""
            if volume.isEmpty {
                errors.required("\(path)[\(index)].name")
            } else if !volumes.contains(volume) {
                errors.notFound("\(path)[\(index)].name", .string(volume))
            }
            let mountPath = mount["mountPath"]?.string ?? ""
            if mountPath.isEmpty {
                errors.required("\(path)[\(index)].mountPath")
            } else if !paths.insert(mountPath).inserted {
                errors.invalid("\(path)[\(index)].mountPath", .string(mountPath), "must be unique")
            }
        }
    }

    private static func checkProbe(_ probe: JSONValue, isLiveness: Bool, at path: String, _ errors: inout FieldErrors) {
        for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
            if let number = probe[field]?.int, number < 0 {
                errors.invalid("\(path).\(field)", .integer(number), "must be greater than or equal to 0")
            }
        }
        if isLiveness, let threshold = probe["successThreshold"]?.int, threshold > 1 {
            errors.invalid("\(path).successThreshold", .integer(threshold), "must be 1")
        }
        let handlers = ["exec", "httpGet", "tcpSocket", "grpc"].filter { !(probe[$0] ?? .null).isNull }
        if handlers.isEmpty { errors.required(path, "must specify a handler type") }
        for handler in handlers.dropFirst() { errors.forbidden("\(path).\(handler)", "may not specify more than 1 handler type") }
        for handler in ["httpGet", "tcpSocket"] where handlers.contains(handler) {
            PortRules.checkNumberOrName(probe.value(at: handler, "port"), at: "\(path).\(handler).port", &errors)
        }
        if handlers.contains("httpGet") {
            if (probe.value(at: "httpGet", "path")?.string ?? "").isEmpty { errors.required("\(path).httpGet.path") }
            checkOneOf("scheme", ["HTTP", "HTTPS"], in: probe["httpGet"] ?? [:], at: "\(path).httpGet", &errors)
        }
        if handlers.contains("exec"), (probe.value(at: "exec", "command")?.array ?? []).isEmpty { errors.required("\(path).exec.command") }
    }

    // MARK: Resources

    private static func checkResources(_ resources: JSONValue?, at path: String, _ errors: inout FieldErrors) {
        for list in ["limits", "requests"] {
            for member in resources?[list]?.object ?? [:] {
                ResourceNameRules.checkOfContainer(member.key, at: "\(path).\(list)[\(member.key)]", &errors)
                guard let quantity = Quantity(member.value), quantity.sign < 0 else { continue }
                errors.invalid("\(path).\(list)[\(member.key)]", quantity.json, "must be greater than or equal to 0")
            }
        }
        for member in resources?["requests"]?.object ?? [:] {
            guard let limit = Quantity(resources?.value(at: "limits", member.key)), let request = Quantity(member.value), request > limit else {
                continue
            }
            errors.invalid("\(path).requests", request.json, "must be less than or equal to \(member.key) limit of \(limit.description)")
        }
    }
}

package enum PortRules {
    static let range = "must be between 1 and 65535, inclusive"

    package static func check(_ port: JSONValue?, at path: String, _ errors: inout FieldErrors) {
        guard let number = port?.int, number != 0 else { return errors.required(path) }
        if !(1...65535).contains(number) { errors.invalid(path, port, range) }
    }

    /// A port that a name may stand for.
    package static func checkNumberOrName(_ port: JSONValue?, at path: String, _ errors: inout FieldErrors) {
        switch port ?? .null {
        case .integer(let number): if !(1...65535).contains(number) { errors.invalid(path, port, range) }
        case .string(let name): if let problem = problem(name: name) { errors.invalid(path, port, problem) }
        default: errors.required(path)
        }
    }

    /// - Source: `IsValidPortName`, k8s.io/apimachinery pkg/util/validation/validation.go
    static func problem(name: String) -> String? {
        let bytes = Array(name.utf8)
        if bytes.count > 15 { return "must be no more than 15 characters" }
        let isLetter: (UInt8) -> Bool = { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
        guard bytes.allSatisfy({ isLetter($0) || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || $0 == UInt8(ascii: "-") }) else {
            return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
        }
        if !bytes.contains(where: isLetter) { return "must contain at least one letter (a-z)" }
        if name.contains("--") { return "must not contain consecutive hyphens" }
        return name.hasPrefix("-") || name.hasSuffix("-") ? "must not begin or end with a hyphen" : nil
    }
}
