// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema

extension ResourceStrategy {
    static let pod = ResourceStrategy(
        generation: .spec, returnsDeletedObject: true, deletion: .pod, needsServiceAccount: true,
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
            PodTemplateRules.checkUpdate(pod.spec, replacing: old.spec, &errors)
            return errors.causes
        })
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

    private static func amounts(_ list: JSONValue?) -> [String: Quantity] {
        var amounts: [String: Quantity] = [:]
        for name in ["cpu", "memory"] {
            guard let quantity = Quantity(list?[name]), !quantity.isZero else { continue }
            amounts[name] = quantity
        }
        return amounts
    }
}
