// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubePKI
import NIOCore
import NIOSSL

/// What a connection to a kubelet is made with; new ones take what was set last.
struct KubeletTrust: Sendable {
    /// nil where kubelets are spoken to without TLS.
    let context: NIOSSLContext?
    /// Whom their certificates must be signed by, in words.
    let authorities: String

    /// - Throws: where an authority or the client's certificate cannot be read.
    init(_ options: KubeletOptions) throws {
        authorities = options.caPEM == nil ? "the system's authorities" : "the authority given, or else the cluster's"
        context = options.isPlain ? nil : try NIOSSLContext(configuration: try Self.configuration(options))
    }

    private static func configuration(_ options: KubeletOptions) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        // One question at a time: HTTP/2 would cost twice as much.
        tls.applicationProtocols = ["http/1.1"]
        tls.shutdownTimeout = .milliseconds(500)
        if options.isInsecure {
            tls.certificateVerification = .none
        } else if let pem = options.caPEM {
            tls.trustRoots = .certificates(try certificates(pem))
        }
        if let credential = options.clientCredential {
            tls.certificateChain = try certificates(credential.certificatePEM).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(credential.privateKeyPEM.utf8), format: .pem))
        }
        return tls
    }

    private static func certificates(_ pem: String) throws -> [NIOSSLCertificate] { try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)) }
}
