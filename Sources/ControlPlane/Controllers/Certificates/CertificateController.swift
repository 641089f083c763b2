// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import Foundation
import KubeClient
import KubeModel
import KubePKI

/// Approves the requests that need no person, signs those that were approved, and clears away those that are over.
///
/// - Source: kubernetes pkg/controller/certificates
struct CertificateController: Reconciler {
    let client: KubeClient
    let requests: Informer
    let authority: CertificateAuthority
    let now: @Sendable () -> Timestamp

    /// `--cluster-signing-duration`.
    private static let longestValidity = Duration.days(365)

    func reconcile(_ name: String) async throws -> Requeue {
        guard let csr = requests.get(NamespacedName(namespace: "", name: name)), !csr.isBeingDeleted else { return .never }
        let rest = SigningRequestLifetime.end(of: csr) - now()
        do {
            guard rest > .zero else {
                try await client.delete(.certificateSigningRequests, csr)
                return .never
            }
            switch CertificateStep.next(for: csr) {
            case .none: break
            case .ask(let approvals): try await approve(csr, approvals)
            case .fail(let message): try await fail(csr, message)
            case .sign(let request, let usages): try await sign(csr, request, usages)
            }
        } catch let error as APIError where error.reason == .notFound || error.reason == .conflict {
            // What came in between comes by the watch.
        }
        return .after(rest)
    }

    private func approve(_ csr: KubeObject, _ approvals: [Signer.Approval]) async throws {
        for approval in approvals {
            var review = KubeObject(["apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"])
            var spec: JSONObject = [
                "resourceAttributes": [
                    "group": "certificates.k8s.io", "resource": "certificatesigningrequests", "subresource": .string(approval.subresource),
                    "verb": "create",
                ]
            ]
            for (field, source) in [("user", "username"), ("uid", "uid"), ("groups", "groups"), ("extra", "extra")] {
                spec[field] = csr.spec[source]
            }
            review["spec"] = .object(spec)
            let answer = try await client.create(.subjectAccessReviews, review)
            guard answer.value(at: "status", "allowed")?.bool == true else { continue }
            var approved = csr
            approved.setCondition(["type": "Approved", "status": "True", "reason": "AutoApproved", "message": .string(approval.message)])
            _ = try await client.update(.certificateSigningRequests, approved, subresource: "approval")
            return
        }
    }

    private func fail(_ csr: KubeObject, _ message: String) async throws {
        var failed = csr
        failed.setCondition(["type": "Failed", "status": "True", "reason": "SignerValidationFailure", "message": .string(message)])
        _ = try await client.update(.certificateSigningRequests, failed, subresource: "status")
    }

    private func sign(_ csr: KubeObject, _ request: SigningRequest, _ usages: SigningUsages) async throws {
        let asked = csr.spec["expirationSeconds"]?.int.map { Duration.seconds($0) } ?? Self.longestValidity
        let pem = try authority.sign(request, usages: usages, validity: min(asked, Self.longestValidity), now: now())
        var signed = csr
        signed.set(.string(Data(pem.utf8).base64EncodedString()), at: "status", "certificate")
        _ = try await client.update(.certificateSigningRequests, signed, subresource: "status")
    }
}

/// What is to be done about a request.
enum CertificateStep: Sendable {
    case none
    /// Approved if the sender has one of these rights.
    case ask([Signer.Approval])
    case fail(String)
    case sign(SigningRequest, SigningUsages)

    static func next(for csr: KubeObject) -> CertificateStep {
        guard let signer = Signer(rawValue: csr.spec["signerName"]?.string ?? ""), csr.condition("Denied") == nil, csr.condition("Failed") == nil,
            (csr["status"]?["certificate"]?.string ?? "").isEmpty
        else { return .none }
        let usages = SigningRequestRules.usages(of: csr)
        do throws(PKIError) {
            let request = try SigningRequestRules.request(of: csr)
            if SigningRequestRules.isTrue(csr, "Approved") {
                if let problem = signer.problem(request, usages: usages) { return .fail(problem) }
                return .sign(request, try SigningUsages(usages))
            }
            let approvals = signer.approvals(request, usages: usages, sender: csr.spec["username"]?.string ?? "")
            return approvals.isEmpty ? .none : .ask(approvals)
        } catch {
            return SigningRequestRules.isTrue(csr, "Approved") ? .fail(error.message) : .none
        }
    }
}
