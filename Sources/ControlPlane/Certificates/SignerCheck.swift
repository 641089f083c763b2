// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubePKI

/// Lets only those approve or sign a request who have the right to its signer, and nobody ask for a master's certificate.
///
/// - Source: kubernetes plugin/pkg/admission/certificates/{approval,signing,subjectrestriction}
struct SignerCheck: Sendable {
    let authorizer: RoleAuthorizer

    private static let group = "certificates.k8s.io"

    /// - Parameter old: What is replaced; nil for a new request.
    func check(_ definition: ResourceDefinition, _ new: KubeObject, old: KubeObject?, _ scope: UpdateScope, _ user: UserInfo) throws(APIError) {
        guard definition.groupResource == GroupResource(group: Self.group, resource: "certificatesigningrequests") else { return }
        switch (scope, old) {
        case (_, nil): try checkSubject(definition, new)
        case (.approval, let old?): try require("approve", "approve", definition, old, user)
        case (.status, let old?):
            guard new["status"]?["certificate"] != old["status"]?["certificate"] || new.condition("Failed") != old.condition("Failed") else { return }
            try require("sign", "sign", definition, old, user)
        default: break
        }
    }

    private func checkSubject(_ definition: ResourceDefinition, _ csr: KubeObject) throws(APIError) {
        guard csr.spec["signerName"]?.string == Signer.client.rawValue, let request = try? SigningRequestRules.request(of: csr),
            request.organizations.contains(UserInfo.mastersGroup)
        else { return }
        throw .forbidden(
            definition.groupResource, csr.name,
            "use of \(Signer.client.rawValue) signer with \(UserInfo.mastersGroup) group is not allowed")
    }

    /// By the signer's name, or by all signers of its domain.
    private func require(_ verb: String, _ deed: String, _ definition: ResourceDefinition, _ csr: KubeObject, _ user: UserInfo) throws(APIError) {
        let signer = csr.spec["signerName"]?.string ?? ""
        let domain = signer.prefix { $0 != "/" }
        let isAllowed = [signer, "\(domain)/*"].contains { name in
            let info = RequestInfo(
                isResourceRequest: true, verb: verb, path: "", group: Self.group, version: "*", namespace: "", resource: "signers", subresource: "",
                name: name)
            return authorizer.decide(user, info).isAllowed
        }
        guard !isAllowed else { return }
        throw .forbidden(definition.groupResource, csr.name, "user not permitted to \(deed) requests with signerName \"\(signer)\"")
    }
}
