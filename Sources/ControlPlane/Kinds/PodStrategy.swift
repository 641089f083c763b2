// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ResourceStrategy {
    static let pod = ResourceStrategy(
        generation: .spec, returnsDeletedObject: true, deletion: .pod,
        prepareForCreate: { pod, _ in
            pod["status"] = ["phase": "Pending", "qosClass": .string(QualityOfService.of(pod.spec))]
        },
        validateCreate: { pod, _ in
            var errors = FieldErrors()
            PodTemplateRules.check(pod["spec"], at: "spec", restartPolicies: ["Always", "OnFailure", "Never"], &errors)
            return errors.causes
        },
        validateUpdate: { pod, old, _ in
            var errors = FieldErrors()
            if fixedPart(of: pod.spec) != fixedPart(of: old.spec) {
                errors.forbidden(
                    "spec",
                    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
                )
            }
            return errors.causes
        })

    /// The spec without the few fields that may change once the pod exists.
    private static func fixedPart(of spec: JSONValue) -> JSONValue {
        var spec = spec
        for list in ["containers", "initContainers"] {
            guard let containers = spec[list]?.array else { continue }
            spec[list] = .array(
                containers.map { container in
                    var container = container
                    container["image"] = nil
                    return container
                })
        }
        for field in ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"] { spec[field] = nil }
        return spec
    }
}

/// A pod's `status.qosClass`, which follows from its containers' requests and limits.
///
/// - Source: `ComputePodQOS`, kubernetes pkg/apis/core/helper/qos/qos.go
enum QualityOfService {
    static func of(_ spec: JSONValue) -> String {
        let containers = (spec["containers"]?.array ?? []) + (spec["initContainers"]?.array ?? [])
        var hasAny = false
        var isGuaranteed = true
        for container in containers {
            let requests = amounts(container.value(at: "resources", "requests"))
            let limits = amounts(container.value(at: "resources", "limits"))
            if !requests.isEmpty || !limits.isEmpty { hasAny = true }
            // A limit without a request counts as the request too.
            let effective = limits.merging(requests) { _, request in request }
            if limits.count != 2 || effective != limits { isGuaranteed = false }
        }
        return !hasAny ? "BestEffort" : isGuaranteed ? "Guaranteed" : "Burstable"
    }

    private static func amounts(_ list: JSONValue?) -> [String: String] {
        var amounts: [String: String] = [:]
        for name in ["cpu", "memory"] {
            guard let quantity = QuantityText.canonical(list?[name]), quantity != "0" else { continue }
            amounts[name] = quantity
        }
        return amounts
    }
}

enum QuantityText {
    /// The canonical form of a quantity written as text or as a number; nil where it is none.
    static func canonical(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text): (try? Quantity(text))?.description
        case .integer(let number): String(number)
        default: nil
        }
    }
}
