// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubePKI
import NIOCore
import NIOSSL

/// Why TLS with a kubelet failed, and what can be done about it, as `docs/kubelet-tls.md` tells at length.
struct KubeletTLSFailure {
    var target: ScrapeTarget
    /// Whom kubelets' certificates must be signed by, in words.
    var trust: String
    var now: Timestamp

    private static let choices =
        "let the cluster's authority sign it (serverTLSBootstrap), name its authority (--kubelet-certificate-authority),"
        + " or trust whoever answers (--kubelet-insecure-tls): docs/kubelet-tls.md"

    /// - Parameter leaf: What the kubelet showed, in DER; nil where it did not come so far.
    func failure(_ error: any Error, leaf: [UInt8]?) -> KubeletFailure {
        let text = "\(error)"
        let certificate = leaf.flatMap { try? CertificateDescription.all(in: Self.pem($0), from: target.authority).first }
        if case NIOSSLExtraError.failedToValidateHostname? = error as? NIOSSLExtraError { return mismatch(certificate) }
        if text.contains("CERTIFICATE_VERIFY_FAILED") { return distrust(certificate) }
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("INVALID_TOKEN") {
            return KubeletFailure(.handshake, "node \(target.node): \(target.authority) does not speak TLS; is \(target.port) the kubelet's secure port?")
        }
        if text.contains("ALERT") {
            return KubeletFailure(
                .handshake, "node \(target.node): \(target.authority) refuses the connection, perhaps for the client certificate (--kubelet-client-certificate): \(text)")
        }
        return KubeletFailure(.handshake, "node \(target.node): TLS with \(target.authority) failed: \(text)")
    }

    private func mismatch(_ certificate: CertificateDescription?) -> KubeletFailure {
        let names = (certificate?.dnsNames ?? []) + (certificate?.ipAddresses ?? [])
        let told = names.isEmpty ? "no names" : names.joined(separator: ", ")
        return fail(
            "is for \(told), and not for \(target.host); choose a kind of address that it has (--kubelet-preferred-address-types), or have it issued anew")
    }

    private func distrust(_ certificate: CertificateDescription?) -> KubeletFailure {
        guard let certificate else { return fail("is not signed by \(trust); \(Self.choices)") }
        if certificate.notAfter < now {
            return fail("expired on \(certificate.notAfter.description); have the kubelet renew it, or correct the clock here")
        }
        if now < certificate.notBefore {
            return fail("is not valid before \(certificate.notBefore.description); correct the clock here or there")
        }
        if certificate.issuer == certificate.subject || Self.isKubeletsOwn(certificate.issuer) {
            return fail("is self-signed, as kubelets do by default (issuer \(certificate.issuer)); \(Self.choices)")
        }
        return fail("is signed by \(certificate.issuer), and not by \(trust); \(Self.choices)")
    }

    private func fail(_ what: String) -> KubeletFailure {
        KubeletFailure(.certificate, "node \(target.node): the certificate of \(target.authority) \(what)")
    }

    /// A kubelet without a certificate makes itself an authority for it, named `NODE-ca@SECONDS`.
    /// - Source: GenerateSelfSignedCertKeyWithFixtures, client-go v0.36 util/cert/cert.go
    private static func isKubeletsOwn(_ issuer: String) -> Bool {
        guard let at = issuer.range(of: "-ca@") else { return false }
        return issuer[at.upperBound...].first?.isNumber == true
    }

    private static func pem(_ der: [UInt8]) -> String {
        "-----BEGIN CERTIFICATE-----\n\(Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed]))\n-----END CERTIFICATE-----\n"
    }
}
