// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import KubePKI
import NIOCore
import NIOHTTP1
import NIOSSL

/// Scrapes kubelets over TLS, HTTP/1.1 on one kept connection a node, since HTTP/2 costs twice as much for one request at a time.
final class KubeletClient: NodeMetricsSource {
    private let client: HTTPClient
    private let bearerToken: (@Sendable () throws -> String?)?

    /// A node that tells more is lying.
    static let longestAnswer = 16 << 20

    /// - Parameter period: Connections are kept longer than this.
    /// - Throws: where the authority or the client's certificate cannot be read.
    init(_ options: KubeletOptions, period: Duration) throws {
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = try Self.tls(options)
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.timeout = HTTPClient.Configuration.Timeout(connect: .seconds(10))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = TimeAmount(period * 2 + .seconds(10))
        client = HTTPClient(configuration: configuration)
        bearerToken = options.bearerToken
    }

    private static func tls(_ options: KubeletOptions) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if options.isInsecure { tls.certificateVerification = .none }
        if let pem = options.caPEM { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8))) }
        if let credential = options.clientCredential {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(credential.certificatePEM.utf8)).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(credential.privateKeyPEM.utf8), format: .pem))
        }
        return tls
    }

    func metrics(of target: ScrapeTarget) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: target.url)
        request.headers.add(name: "user-agent", value: "updraft-metrics-server")
        if let token = try bearerToken?() { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        // The caller's limit comes first; this one frees the connection should it not.
        let response = try await client.execute(request, timeout: .minutes(2))
        guard response.status == .ok else { throw KubeletError(message: "\(target.url) answered \(response.status)") }
        let body = try await response.body.collect(upTo: Self.longestAnswer)
        return Array(body.readableBytesView)
    }

    func shutdown() async { try? await client.shutdown() }
}

struct KubeletError: Error, CustomStringConvertible {
    var message: String
    var description: String { message }
}
