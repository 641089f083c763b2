// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A pod's own facts, as environment variables and downward API volumes show them.
struct DownwardFields: Sendable {
    var pod: KubeObject
    var podIP: String
    var hostIP: String
    var nodeName: String

    /// The value of a `fieldRef`; nil for one that does not exist.
    func value(fieldPath: String) -> String? {
        switch fieldPath {
        case "metadata.name": pod.name
        case "metadata.namespace": pod.namespace
        case "metadata.uid": pod.uid
        case "metadata.labels": Self.lines(pod.labels)
        case "metadata.annotations": Self.lines(pod.annotations)
        case "spec.nodeName": nodeName
        case "spec.serviceAccountName": pod.spec["serviceAccountName"]?.string ?? "default"
        case "status.podIP", "status.podIPs": podIP
        case "status.hostIP", "status.hostIPs": hostIP
        default: subscripted(fieldPath)
        }
    }

    /// `metadata.labels['app']`
    private func subscripted(_ fieldPath: String) -> String? {
        for (prefix, map) in [("metadata.labels['", pod.labels), ("metadata.annotations['", pod.annotations)] {
            guard fieldPath.hasPrefix(prefix), fieldPath.hasSuffix("']") else { continue }
            return map[String(fieldPath.dropFirst(prefix.count).dropLast(2))] ?? ""
        }
        return nil
    }

    /// One `key="value"` a line, in order, quoted as Go quotes.
    private static func lines(_ map: [String: String]) -> String {
        map.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted($0.value))" }.joined(separator: "\n")
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    let digits = String(scalar.value, radix: 16)
                    quoted += "\\x" + (digits.count == 1 ? "0" : "") + digits
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }

    /// The value of a `resourceFieldRef`: whole units of its divisor, rounded up; a limit not set is the node's.
    func value(resource: String, of container: ContainerSpec, divisor: String, node: ResourceLimits) -> String? {
        let parts = resource.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0] == "limits" || parts[0] == "requests" else { return nil }
        var quantity = container.resource(parts[0], parts[1])
        if quantity == nil, parts[0] == "limits" {
            if parts[1] == "cpu" { quantity = node.cpuMillis.map { Quantity(milli: $0) } }
            if parts[1] == "memory" { quantity = node.memoryBytes.map { Quantity($0) } }
        }
        let unit = (try? Quantity(divisor.isEmpty || divisor == "0" ? "1" : divisor)) ?? Quantity(1)
        let milli = unit.milliValue
        guard milli > 0 else { return nil }
        let amount = (quantity ?? .zero).milliValue
        return String(amount / milli + (amount % milli > 0 ? 1 : 0))
    }
}
