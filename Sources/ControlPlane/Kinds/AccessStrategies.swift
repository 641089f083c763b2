// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubeSchema

extension ResourceStrategy {
    static let role = ResourceStrategy(
        allowsCreateOnUpdate: true, nameRule: .pathSegment, guardsAccess: true,
        validateCreate: { role, _ in AccessRules.roleErrors(role).causes },
        validateUpdate: { role, _, _ in AccessRules.roleErrors(role).causes })

    static let roleBinding = ResourceStrategy(
        allowsCreateOnUpdate: true, nameRule: .pathSegment, guardsAccess: true,
        validateCreate: { binding, _ in AccessRules.bindingErrors(binding).causes },
        validateUpdate: { binding, old, _ in AccessRules.bindingUpdateErrors(binding, replacing: old).causes })

    static let serviceAccount = ResourceStrategy(returnsDeletedObject: true)

    /// - Source: `ValidateSecret`, kubernetes pkg/apis/core/validation/validation.go
    static let secret = ResourceStrategy(
        prepareForCreate: { secret, _ in takeStringData(&secret) },
        prepareForUpdate: { secret, old in
            takeStringData(&secret)
            if (secret["type"]?.string ?? "").isEmpty { secret["type"] = old["type"] }
        },
        validateCreate: { secret, _ in secretErrors(secret).causes },
        validateUpdate: { secret, old, _ in
            var errors = secretErrors(secret)
            if secret["type"] != old["type"] { errors.immutable("type", secret["type"]) }
            guard old["immutable"]?.bool == true else { return errors.causes }
            if secret["immutable"]?.bool != true { errors.forbidden("immutable", "field is immutable when `immutable` is set") }
            if secret["data"] != old["data"] { errors.forbidden("data", "field is immutable when `immutable` is set") }
            return errors.causes
        })

    /// What is written as text is kept with the rest.
    private static func takeStringData(_ secret: inout KubeObject) {
        guard let texts = secret["stringData"]?.object else { return }
        var data = secret["data"]?.object ?? [:]
        for member in texts { data[member.key] = .string(Data((member.value.string ?? "").utf8).base64EncodedString()) }
        secret["data"] = .object(data)
        secret["stringData"] = nil
    }

    private static let requiredKeys: [String: [String]] = [
        "kubernetes.io/dockercfg": [".dockercfg"], "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
        "kubernetes.io/ssh-auth": ["ssh-privatekey"], "kubernetes.io/tls": ["tls.crt", "tls.key"],
    ]

    private static func secretErrors(_ secret: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        let data = secret["data"]?.object ?? [:]
        let type = secret["type"]?.string ?? ""
        for key in data.map(\.key) where !isKey(key) {
            errors.invalid(
                "data[\(key)]", .string(key),
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
            )
        }
        if data.reduce(0, { $0 + ($1.value.string?.utf8.count ?? 0) * 3 / 4 }) > 1024 * 1024 { errors.tooLong("data", maximumBytes: 1024 * 1024) }
        for key in requiredKeys[type] ?? [] where data[key] == nil { errors.required("data[\(key)]") }
        if type == "kubernetes.io/service-account-token", (secret.annotations["kubernetes.io/service-account.name"] ?? "").isEmpty {
            errors.required("metadata.annotations[kubernetes.io/service-account.name]")
        }
        return errors
    }

    private static func isKey(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.count <= 253 && key != "." && key != ".." && !key.hasPrefix("..")
            && key.utf8.allSatisfy { byte in
                (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
                    || [0x2D, 0x5F, 0x2E].contains(byte)
            }
    }

    /// - Source: `ValidatePodDisruptionBudgetSpec`, kubernetes pkg/apis/policy/validation/validation.go
    static let podDisruptionBudget = ResourceStrategy(
        allowsUnconditionalUpdate: false, generation: .spec,
        prepareForCreate: { budget, _ in
            budget["status"] = ["currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0]
        },
        validateCreate: { budget, _ in budgetErrors(budget).causes },
        validateUpdate: { budget, _, _ in budgetErrors(budget).causes },
        warning: { _ in "the lab keeps PodDisruptionBudgets and does not enforce them" })

    private static func budgetErrors(_ budget: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        if budget.spec["minAvailable"] != nil, budget.spec["maxUnavailable"] != nil {
            errors.invalid("spec", budget.spec, "minAvailable and maxUnavailable cannot be both set")
        }
        return errors
    }

    static let networkPolicy = ResourceStrategy(
        generation: .spec, warning: { _ in "the lab keeps NetworkPolicies and does not enforce them: all of its pods reach one another" })
}
