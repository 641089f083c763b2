// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI

/// Users by client certificate: the common name is the user, the organizations are the groups.
/// - Source: k8s.io/apiserver pkg/authentication/request/x509 (CommonNameUserConversion)
package struct ClientCertificateAuthenticator: Authenticator {
    private let trust: ClientTrust

    package init(trust: ClientTrust) { self.trust = trust }

    package var clientTrust: [ClientTrust] { [trust] }

    package func authenticate(_ request: AuthenticationRequest) -> AuthenticationAnswer {
        if let outcome = outcome(request) { return .ready(outcome) }
        return .deferred {
            await request.connection.verify(trust, now: request.now)
            return outcome(request) ?? .failure("client certificate could not be verified: the authorities changed meanwhile")
        }
    }

    private func outcome(_ request: AuthenticationRequest) -> AuthenticationOutcome? {
        switch request.connection.identity(trust, now: request.now) {
        case .noCertificate: .noOpinion
        case .unknown: nil
        case .rejected(let rejection): .failure("client certificate \"\(rejection.presentedCommonName)\": \(rejection.reason)")
        case .verified(let identity) where identity.commonName.isEmpty: .noOpinion
        case .verified(let identity) where identity.uids.count > 1:
            .failure("client certificate \"\(identity.commonName)\": expected 1 UID, but found multiple: \(identity.uids.joined(separator: " "))")
        case .verified(let identity): .authenticated(UserInfo(certificate: identity))
        }
    }
}

extension UserInfo {
    init(certificate identity: PeerIdentity) {
        self.init(
            name: identity.commonName, uid: identity.uids.first ?? "", groups: identity.organizations,
            extra: ["authentication.kubernetes.io/credential-id": ["X509SHA256=\(identity.sha256)"]])
    }
}
