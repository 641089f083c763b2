// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Testing

@testable import KubePKI

private let now = Timestamp("2027-01-01T00:00:00Z") ?? .zero
private let profile = CertificateProfile.server(commonName: "kube-apiserver", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"])

@Suite("the PKI directory")
struct PKIDirectoryTests {
    @Test("what is missing is made once, under kubeadm's names, keys for their owner alone")
    func made() throws {
        try withDirectory { path in
            let pki = PKIDirectory(path: path + "/pki")
            let ca = try pki.authority(.ca, commonName: "kubernetes", now: now)
            let serving = try pki.credential(.apiServer, profile, by: ca, now: now)
            let keys = try pki.serviceAccountKeys()
            #expect(
                try Set(FileManager.default.contentsOfDirectory(atPath: pki.path))
                    == ["ca.crt", "ca.key", "apiserver.crt", "apiserver.key", "sa.key", "sa.pub"])
            #expect(mode(pki.path) == 0o700)
            for key in ["ca.key", "apiserver.key", "sa.key"] { #expect(mode("\(pki.path)/\(key)") == 0o600) }
            let again = PKIDirectory(path: pki.path)
            #expect(try again.authority(.ca, commonName: "kubernetes", now: now).credential == ca.credential)
            #expect(try again.credential(.apiServer, profile, by: ca, now: now) == serving)
            #expect(try again.serviceAccountKeys() == keys)
            #expect(keys.publicKeyPEM.hasPrefix("-----BEGIN PUBLIC KEY-----"))
        }
    }

    @Test("an issued certificate is renewed when it no longer serves")
    func renewed() throws {
        try withDirectory { path in
            let pki = PKIDirectory(path: path)
            let ca = try pki.authority(.ca, commonName: "kubernetes", now: now)
            let first = try pki.credential(.apiServer, profile, by: ca, now: now)
            var wider = profile
            wider.ipAddresses.append("127.77.0.1")
            let second = try pki.credential(.apiServer, wider, by: ca, now: now)
            #expect(second != first)
            #expect(try pki.credential(.apiServer, profile, by: ca, now: now) == second)
            let later = try pki.credential(.apiServer, wider, by: ca, now: now + .days(340))
            #expect(later != second)
            let otherCA = try CertificateAuthority.make(commonName: "kubernetes", now: now)
            #expect(try pki.credential(.apiServer, wider, by: otherCA, now: now + .days(340)) != later)
        }
    }

    @Test("an authority that is there is never replaced")
    func kept() throws {
        try withDirectory { path in
            let pki = PKIDirectory(path: path)
            let ca = try pki.authority(.ca, commonName: "kubernetes", now: now)
            #expect(try pki.authority(.ca, commonName: "another", now: now + .days(3000)).credential == ca.credential)
            #expect { try pki.authority(.ca, commonName: "kubernetes", now: now + .days(9999)) } throws: { ($0 as? PKIError)?.code == .expired }
            #expect(try pki.load(.ca) == ca.credential)
        }
    }

    @Test("a key without certificate, one of another certificate, and no PEM at all name the file")
    func broken() throws {
        try withDirectory { path in
            let pki = PKIDirectory(path: path)
            let ca = try pki.authority(.ca, commonName: "kubernetes", now: now)
            let other = try CertificateAuthority.make(commonName: "other", now: now)
            try PKIFile.write(other.credential.privateKeyPEM, to: pki.keyPath(.ca), mode: 0o600)
            #expect { try pki.authority(.ca, commonName: "kubernetes", now: now) } throws: {
                "\($0)".contains("ca.key") && "\($0)".contains("ca.crt")
            }
            try FileManager.default.removeItem(atPath: pki.certificatePath(.ca))
            #expect { try pki.load(.ca) } throws: { "\($0)".contains("ca.crt") && "\($0)".contains("put the certificate back") }
            try PKIFile.write("nonsense", to: pki.certificatePath(.ca), mode: 0o644)
            #expect { try pki.load(.ca) } throws: { "\($0)".contains("ca.crt: holds no PEM certificate") }
            try PKIFile.write(ca.certificatePEM, to: pki.certificatePath(.ca), mode: 0o644)
            try PKIFile.write("", to: pki.keyPath(.serviceAccount), mode: 0o600)
            #expect { try pki.serviceAccountKeys() } throws: { "\($0)".contains("sa.key") }
        }
    }

    @Test("a directory that cannot be made is an error that names it")
    func unwritable() throws {
        try withDirectory { path in
            try PKIFile.write("a file", to: path + "/file", mode: 0o644)
            #expect { try PKIDirectory(path: path + "/file/pki").authority(.ca, commonName: "kubernetes", now: now) } throws: {
                ($0 as? PKIError)?.message.contains(path + "/file") == true
            }
        }
    }

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "pki-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func mode(_ path: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }
}
