// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel

/// What a Prometheus object says of its server. Pure.
///
/// - Source: conditions of prometheus-operator pkg/apis/monitoring/v1/types.go
struct PrometheusStatus {
    let pod: KubeObject?
    /// Why the configuration is not in effect; nil where it is.
    let problem: String?

    var isAvailable: Bool { pod?.isReady ?? false }

    /// - Parameter before: Conditions that have not changed keep their time.
    func conditions(before: [JSONValue], generation: Int64, now: Timestamp) -> [JSONValue] {
        let available: (String, String, String) =
            isAvailable ? ("True", "", "") : ("False", "NoPodReady", problem ?? "the pod of the server is not ready; see kubectl describe pod")
        let reconciled: (String, String, String) = problem.map { ("False", "ReconciliationFailed", $0) } ?? ("True", "", "")
        return [("Available", available), ("Reconciled", reconciled)].map { type, state in
            let (status, reason, message) = state
            let known = before.first { $0["type"]?.string == type && $0["status"]?.string == status }
            return [
                "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
                "observedGeneration": .integer(generation), "lastTransitionTime": known?["lastTransitionTime"] ?? .string(now.description),
            ]
        }
    }
}

extension KubeObject {
    var isReady: Bool { status["conditions"]?.array?.first { $0["type"]?.string == "Ready" }?["status"]?.string == "True" && !isBeingDeleted }

    /// Of a pod's run: another container, or another start of it, is another. Nil where none runs.
    var runIdentity: String? {
        let started = status["containerStatuses"]?.array?.first?.value(at: "state", "running", "startedAt")?.string
        return started.map { "\(uid) \($0)" }
    }

    var generation: Int64 { value(at: "metadata", "generation")?.int ?? 0 }

    /// Of a Secret or ConfigMap, by key.
    var decodedData: [String: [UInt8]] {
        var data: [String: [UInt8]] = [:]
        let isSecret = kind == "Secret"
        for member in self["data"]?.object ?? [:] {
            guard let text = member.value.string else { continue }
            data[member.key] = isSecret ? Data(base64Encoded: text).map { Array($0) } : Array(text.utf8)
        }
        for member in self["binaryData"]?.object ?? [:] {
            data[member.key] = member.value.string.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        }
        return data
    }
}
