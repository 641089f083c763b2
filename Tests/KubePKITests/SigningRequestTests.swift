// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubePKI
import TestKit
import Testing

@Suite("Requests for certificates")
struct SigningRequestTests {
    private static let now = Timestamp("2026-11-24T12:00:00Z") ?? .zero

    private static func read(_ pem: String) throws -> SigningRequest { try SigningRequest(pem: Array(pem.utf8)) }

    @Test("names are read from the subject and the extensions asked for")
    func names() throws {
        let request = try Self.read(SigningRequestFixtures.serving)
        #expect(request.commonName == "system:node:node-0")
        #expect(request.organizations == ["system:nodes"])
        #expect(request.dnsNames == ["node-0"])
        #expect(request.ipAddresses == ["127.0.0.1"])
        #expect(request.asksForAuthority == false)
        #expect(try Self.read(SigningRequestFixtures.authority).asksForAuthority)
        #expect(try Self.read(SigningRequestFixtures.uri).uris == ["spiffe://x"])
    }

    @Test("a certificate says what was asked for, for as long, and no more")
    func sign() throws {
        let authority = try CertificateAuthority.make(commonName: "kubernetes", now: Self.now)
        let request = try Self.read(SigningRequestFixtures.serving)
        let usages = try SigningUsages(["digital signature", "key encipherment", "server auth"])
        let pem = try authority.sign(request, usages: usages, validity: .seconds(3600), now: Self.now)
        let certificate = try #require(try CertificateDescription.all(in: pem, from: "test").first)
        #expect(certificate.commonName == "system:node:node-0")
        #expect(certificate.organizations == ["system:nodes"])
        #expect(certificate.dnsNames == ["node-0"])
        #expect(certificate.ipAddresses == ["127.0.0.1"])
        #expect(certificate.extendedKeyUsages == ["serverAuth"])
        #expect(certificate.isAuthority == false)
        #expect(certificate.notBefore == Self.now - .seconds(300))
        #expect(certificate.notAfter == Self.now + .seconds(3600))
        let year = try authority.sign(request, usages: usages, validity: .days(365), now: Self.now)
        #expect(try CertificateDescription.all(in: year, from: "test").first?.notAfter == Self.now + .days(365) - .seconds(300))
        // Whoever asks for an authority is not made one here either; the signer refuses it before.
        let refused = try authority.sign(try Self.read(SigningRequestFixtures.authority), usages: usages, validity: .days(1), now: Self.now)
        #expect(try CertificateDescription.all(in: refused, from: "test").first?.isAuthority == false)
    }

    /// Go's reader refuses the extension where no bit is set.
    @Test("a certificate for clients alone says nothing of what its key may do")
    func keyUsage() throws {
        let authority = try CertificateAuthority.make(commonName: "kubernetes", now: Self.now)
        let request = try Self.read(SigningRequestFixtures.user)
        let pem = try authority.sign(request, usages: try SigningUsages(["client auth"]), validity: .days(1), now: Self.now)
        let certificate = try #require(try CertificateDescription.all(in: pem, from: "test").first)
        #expect(certificate.keyUsage.isEmpty)
        #expect(certificate.extendedKeyUsages == ["clientAuth"])
    }

    @Test(
        "what is no request is refused by name",
        arguments: [
            ("", "PEM block type must be CERTIFICATE REQUEST"), ("hello", "PEM block type must be CERTIFICATE REQUEST"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "not CERTIFICATE"),
            ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "cannot be read"),
            ("-----BEGIN CERTIFICATE REQUEST-----\nMIIB////\n-----END CERTIFICATE REQUEST-----\n", "cannot be read"),
            (String(repeating: "A", count: 70_000), "at most 65536"),
        ])
    func malformed(text: String, words: String) {
        #expect {
            try Self.read(text)
        } throws: { error in
            (error as? PKIError)?.message.contains(words) == true
        }
    }

    @Test("a request that was changed after it was signed is refused")
    func tampered() throws {
        let lines = SigningRequestFixtures.user.split(separator: "\n").map(String.init)
        // Every single byte of the body, flipped: none is taken for the sender's word.
        let body = try #require(Base64Text.decode(lines[1..<lines.count - 1].joined()))
        for place in stride(from: 0, to: body.count, by: 3) {
            var changed = body
            changed[place] ^= 1
            let pem = "-----BEGIN CERTIFICATE REQUEST-----\n\(Base64Text.encode(changed))\n-----END CERTIFICATE REQUEST-----\n"
            #expect(throws: PKIError.self) { try Self.read(pem) }
        }
    }

    @Test("usages that no certificate here can say are refused", arguments: ["cert sign", "crl sign", "flying"])
    func usages(name: String) {
        #expect(throws: PKIError.self) { try SigningUsages(["digital signature", name]) }
    }
}

private enum Base64Text {
    static func decode(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
    static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed]) }
}
