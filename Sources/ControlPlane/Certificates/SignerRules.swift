// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubePKI

/// The signers of the control plane: what each asks of a request, and which are approved without a person.
///
/// - Source: kubernetes pkg/apis/certificates/helpers.go, pkg/controller/certificates/signer/signer.go
enum Signer: String, CaseIterable, Sendable {
    /// For users.
    case client = "kubernetes.io/kube-apiserver-client"
    /// For node agents, as clients.
    case nodeClient = "kubernetes.io/kube-apiserver-client-kubelet"
    /// For node agents, as servers.
    case nodeServing = "kubernetes.io/kubelet-serving"
    /// What `certificates.k8s.io/v1beta1` made of a request without a signer; no certificate of it is promised to be trusted.
    case legacy = "kubernetes.io/legacy-unknown"

    private static let nodesGroup = "system:nodes"
    private static let nodePrefix = "system:node:"

    /// Why a certificate can't be signed; nil where it can.
    func problem(_ request: SigningRequest, usages: [String]) -> String? {
        if request.asksForAuthority { return "a certificate that may sign others is not issued" }
        switch self {
        case .client: return Self.clientUsageProblem(usages)
        case .nodeClient:
            return Self.nodeProblem(request) ?? Self.nameProblem(request, allowsHosts: false) ?? Self.usageProblem(usages, "client auth")
        case .nodeServing:
            if request.dnsNames.isEmpty, request.ipAddresses.isEmpty { return Self.nodeProblem(request) ?? "DNS or IP subjectAltName is required" }
            return Self.nodeProblem(request) ?? Self.nameProblem(request, allowsHosts: true) ?? Self.usageProblem(usages, "server auth")
        case .legacy: return nil
        }
    }

    private static func nodeProblem(_ request: SigningRequest) -> String? {
        if request.organizations != [nodesGroup] { return "subject organization is not system:nodes" }
        return request.commonName.hasPrefix(nodePrefix) ? nil : "subject common name does not begin with system:node:"
    }

    private static func nameProblem(_ request: SigningRequest, allowsHosts: Bool) -> String? {
        if !allowsHosts, !request.dnsNames.isEmpty { return "DNS subjectAltNames are not allowed" }
        if !request.emailAddresses.isEmpty { return "Email subjectAltNames are not allowed" }
        if !allowsHosts, !request.ipAddresses.isEmpty { return "IP subjectAltNames are not allowed" }
        return request.uris.isEmpty ? nil : "URI subjectAltNames are not allowed"
    }

    private static func usageProblem(_ usages: [String], _ purpose: String) -> String? {
        let required: Set<String> = ["digital signature", purpose]
        let given = Set(usages)
        guard given != required, given != required.union(["key encipherment"]) else { return nil }
        return "usages did not match [\(required.sorted().joined(separator: ", "))], with or without key encipherment"
    }

    private static func clientUsageProblem(_ usages: [String]) -> String? {
        if let other = usages.first(where: { !["client auth", "digital signature", "key encipherment"].contains($0) }) {
            return "invalid usage for client certificate: \(other)"
        }
        return usages.contains("client auth") ? nil : "missing required usage for client certificate: client auth"
    }

    /// The right that approves a request by itself, as a subresource of certificatesigningrequests; nil where a person has to.
    ///
    /// - Source: kubernetes pkg/controller/certificates/approver/sarapprove.go
    func approvals(_ request: SigningRequest, usages: [String], sender: String) -> [Approval] {
        guard self == .nodeClient, problem(request, usages: usages) == nil else { return [] }
        let ofOthers = Approval(subresource: "nodeclient", message: "Auto approving kubelet client certificate after SubjectAccessReview.")
        let own = Approval(subresource: "selfnodeclient", message: "Auto approving self kubelet client certificate after SubjectAccessReview.")
        return sender == request.commonName ? [own, ofOthers] : [ofOthers]
    }

    struct Approval: Sendable, Hashable {
        var subresource: String
        var message: String
    }
}
