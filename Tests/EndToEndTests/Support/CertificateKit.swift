// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A folder of certificates made with openssl, as an operator makes them.
struct CertificateKit: Sendable {
    let folder: String
    let openssl: String

    init(folder: String, openssl: String) throws {
        self.folder = folder
        self.openssl = openssl
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// `NAME.crt` and `NAME.key`, of localhost, signed by an authority of its own, `NAME-ca.crt`.
    func make(_ name: String) async throws {
        let new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try write("\(name).ext", text: "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n")
        try await run(new + ["-x509", "-days", "2", "-subj", "/CN=\(name)-ca", "-keyout", "\(name)-ca.key", "-out", "\(name)-ca.crt"])
        try await run(new + ["-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).csr"])
        try await run([
            "x509", "-req", "-in", "\(name).csr", "-CA", "\(name)-ca.crt", "-CAkey", "\(name)-ca.key", "-CAcreateserial", "-days", "2", "-extfile",
            "\(name).ext", "-out", "\(name).crt",
        ])
    }

    /// Other files, one after the other.
    func write(_ name: String, from others: String...) throws {
        try write(name, text: try others.map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }.joined())
    }

    func write(_ name: String, text: String) throws { try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8) }

    private func run(_ arguments: [String]) async throws {
        let result = try await Tool.run(openssl, arguments, directory: folder)
        guard result.status == 0 else { throw LabFailure(message: "openssl \(arguments.joined(separator: " ")): \(result.text)") }
    }
}
