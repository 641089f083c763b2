// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubePKI

private let now = Timestamp("2027-01-01T00:00:00Z") ?? .zero

@Suite("certificates")
struct CertificateTests {
    @Test("an authority is self-signed, may sign, and is valid from a little before now")
    func authority() throws {
        let ca = try CertificateAuthority.make(commonName: "kubernetes", now: now)
        let description = try CertificateDescription.all(in: ca.certificatePEM, from: "test")[0]
        #expect(description.commonName == "kubernetes")
        #expect(description.issuer == description.subject)
        #expect(description.isAuthority)
        #expect(description.keyUsage.contains("keyCertSign"))
        #expect(description.notBefore == now - .seconds(300))
        #expect(description.notAfter == now + .days(3650))
        #expect(description.keyKind == "P-256")
        #expect(description.sha256.count == 64)
    }

    @Test("a serving certificate holds its names and addresses")
    func serving() throws {
        let ca = try CertificateAuthority.make(commonName: "kubernetes", now: now)
        let issued = try ca.issue(
            .server(commonName: "kube-apiserver", dnsNames: ["kubernetes", "localhost"], ipAddresses: ["127.0.0.1", "::1"]), now: now)
        let description = try CertificateDescription.all(in: issued.certificatePEM, from: "test")[0]
        #expect(description.dnsNames == ["kubernetes", "localhost"])
        #expect(description.ipAddresses == ["127.0.0.1", "::1"])
        #expect(description.extendedKeyUsages == ["serverAuth"])
        #expect(!description.isAuthority)
        #expect(description.issuer == "CN=kubernetes")
        _ = try issued.checked(names: ("certificate", "key"))
    }

    @Test("no certificate outlives its authority")
    func lifetime() throws {
        let ca = try CertificateAuthority.make(commonName: "brief", now: now, validity: .days(10))
        let issued = try ca.issue(.client(commonName: "alice", validity: .days(365)), now: now)
        #expect(try CertificateDescription.all(in: issued.certificatePEM, from: "test")[0].notAfter == now + .days(10))
    }

    @Test("an address that is none is refused")
    func badAddress() throws {
        let ca = try CertificateAuthority.make(commonName: "kubernetes", now: now)
        #expect(throws: PKIError.self) { try ca.issue(.server(commonName: "x", ipAddresses: ["300.1.1.1"]), now: now) }
    }

    @Test("an authority is loaded with its key in any customary form", arguments: PEMFixtures.authorities)
    func loading(_ fixture: PEMFixtures.Authority) async throws {
        let ca = try CertificateAuthority(certificatePEM: fixture.certificate, keyPEM: fixture.key)
        let issued = try ca.issue(.client(commonName: "alice", organizations: ["devs"]), now: now)
        let verifier = try ClientChainVerifier(rootsPEM: fixture.certificate)
        let identity = try await verifier.verify(der(issued.certificatePEM), at: now).get()
        #expect(identity.commonName == "alice")
        #expect(identity.organizations == ["devs"])
    }

    @Test("a key that is not the certificate's is refused, with both names")
    func mismatch() throws {
        let (one, two) = (try CertificateAuthority.make(commonName: "one", now: now), try CertificateAuthority.make(commonName: "two", now: now))
        let error = #expect(throws: PKIError.self) {
            try CertificateAuthority(
                certificatePEM: one.certificatePEM, keyPEM: two.credential.privateKeyPEM, names: ("/pki/ca.crt", "/pki/ca.key"))
        }
        #expect(error?.message.contains("/pki/ca.crt") == true)
        #expect(error?.message.contains("/pki/ca.key") == true)
    }

    @Test("a certificate that may not sign is no authority")
    func notAnAuthority() throws {
        let ca = try CertificateAuthority.make(commonName: "kubernetes", now: now)
        let leaf = try ca.issue(.client(commonName: "alice"), now: now)
        #expect(throws: PKIError.self) { try CertificateAuthority(certificatePEM: leaf.certificatePEM, keyPEM: leaf.privateKeyPEM) }
    }

    @Test(
        "text that is no certificate or key is an error that names the file",
        arguments: [
            "", "hello", "-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
            "-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n",
            "-----BEGIN EC PRIVATE KEY-----\n\n-----END EC PRIVATE KEY-----\n",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n", "\u{0}\u{FF}",
        ])
    func garbage(_ text: String) {
        #expect { try PEM.certificates(text, from: "/etc/x.pem") } throws: { ("\($0)").contains("/etc/x.pem") }
        #expect { try PEM.privateKey(text, from: "/etc/x.pem") } throws: { ("\($0)").contains("/etc/x.pem") }
    }

    @Test("a chain holds at its times, for its authority and for clients only")
    func verification() async throws {
        let ca = try CertificateAuthority.make(commonName: "kubernetes", now: now)
        let other = try CertificateAuthority.make(commonName: "kubernetes", now: now)
        let client = try ca.issue(.client(commonName: "alice"), now: now)
        let server = try ca.issue(.server(commonName: "alice"), now: now)
        let verifier = try ClientChainVerifier(rootsPEM: other.certificatePEM + ca.certificatePEM)
        #expect(throws: Never.self) { _ = try ClientChainVerifier(rootsPEM: " \n") }
        #expect(try await verifier.verify(der(client.certificatePEM), at: now).get().validUntil == now + .days(365))
        func reason(_ verifier: ClientChainVerifier, _ chain: [[UInt8]], at time: Timestamp = now) async -> String {
            guard case .failure(let rejection) = await verifier.verify(chain, at: time) else { return "accepted" }
            return rejection.reason
        }
        #expect(await reason(verifier, try der(client.certificatePEM), at: now + .days(366)).contains("expired"))
        #expect(await reason(verifier, try der(client.certificatePEM), at: now - .days(1)).contains("not valid before"))
        #expect(await reason(verifier, try der(server.certificatePEM)).contains("key usage"))
        #expect(await reason(try ClientChainVerifier(rootsPEM: other.certificatePEM), try der(client.certificatePEM)).contains("unknown authority"))
        #expect(await reason(try ClientChainVerifier(rootsPEM: ""), try der(client.certificatePEM)).contains("unknown authority"))
        #expect(await reason(verifier, []).contains("cannot be read"))
        #expect(await reason(verifier, [[1, 2, 3]]).contains("cannot be read"))
        #expect(await reason(verifier, Array(repeating: try der(client.certificatePEM)[0], count: 9)).contains("more than"))
    }
}

func der(_ pem: String) throws -> [[UInt8]] { try PEM.certificates(pem, from: "test").map(\.der) }
