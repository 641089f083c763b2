// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema

extension ResourceStrategy {
    /// - Source: kubernetes pkg/registry/certificates/certificates/strategy.go
    static let certificateSigningRequest = ResourceStrategy(
        prepareForCreate: { csr, context in
            csr["status"] = nil
            noteSender(of: &csr, context)
        },
        prepareForUpdate: { csr, old in csr["spec"] = old["spec"] },
        validateCreate: { csr, _ in SigningRequestRules.createErrors(csr).causes },
        prepareStatus: { csr, old, scope, context in SigningRequestRules.prepareStatus(&csr, old, scope, context.now) },
        validateStatus: { csr, old, scope, _ in SigningRequestRules.statusErrors(csr, old, scope).causes })

    /// Who asks is who sent the request, whatever it says.
    private static func noteSender(of csr: inout KubeObject, _ context: PreparationContext) {
        let user = context.user
        csr.set(user.map { .string($0.name) }, at: "spec", "username")
        csr.set(user.flatMap { $0.uid.isEmpty ? nil : .string($0.uid) }, at: "spec", "uid")
        csr.set(user.flatMap { $0.groups.isEmpty ? nil : JSONValue($0.groups) }, at: "spec", "groups")
        let extra = user.map { JSONObject($0.extra.map { ($0.key, JSONValue($0.value)) }) } ?? JSONObject()
        csr.set(extra.isEmpty ? nil : .object(extra), at: "spec", "extra")
    }
}
