// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import KubeModel
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// The HTTP clients of the aggregation layer: one for each extension server, since each is verified by its own authority
/// and under its own name. All show the front-proxy certificate.
final class BackendClients: Sendable {
    private let state = Mutex<[APIServiceTarget: HTTPClient]>([:])
    private let proxyCertificate: [NIOSSLCertificateSource]
    private let proxyKey: NIOSSLPrivateKeySource?
    private let logger: Logger
    /// APIServices are few; one whose endpoints move about leaves clients behind, some of which then go.
    private static let limit = 32

    /// - Parameters:
    ///   - certificatePEM: The front-proxy client certificate; empty shows none, and no extension server then believes the headers.
    init(certificatePEM: String, keyPEM: String, logger: Logger) throws {
        if certificatePEM.isEmpty {
            (proxyCertificate, proxyKey) = ([], nil)
        } else {
            proxyCertificate = try NIOSSLCertificate.fromPEMBytes(Array(certificatePEM.utf8)).map { .certificate($0) }
            proxyKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(keyPEM.utf8), format: .pem))
        }
        self.logger = logger
    }

    func client(for target: APIServiceTarget) throws -> HTTPClient {
        if let known = state.withLock({ $0[target] }) { return known }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: try configuration(target), backgroundActivityLogger: logger)
        let (kept, surplus) = state.withLock { clients -> (HTTPClient, [HTTPClient]) in
            if let known = clients[target] { return (known, [client]) }
            var surplus: [HTTPClient] = []
            if clients.count >= Self.limit, let other = clients.first { surplus = [other.value]; clients[other.key] = nil }
            clients[target] = client
            return (client, surplus)
        }
        for client in surplus { client.shutdown { _ in } }
        return kept
    }

    private func configuration(_ target: APIServiceTarget) throws -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateChain = proxyCertificate
        tls.privateKey = proxyKey
        if target.skipsVerification {
            tls.certificateVerification = .none
        } else if !target.caBundle.isEmpty {
            guard let pem = Base64.decode(target.caBundle) else {
                throw APIServiceProblem(reason: "FailedDiscoveryCheck", message: "spec.caBundle is not base64")
            }
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(pem))
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .http1Only
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(5))
        configuration.connectionPool.retryConnectionEstablishment = false
        // Each watch holds one; checks of availability are not to wait for their ends.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        // The name is only for the certificate: the connection goes to the endpoint.
        configuration.dnsOverride = [target.serverName: target.address]
        return configuration
    }

    deinit { for client in state.withLock({ Array($0.values) }) { client.shutdown { _ in } } }

    func shutdown() async {
        let clients = state.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in clients { try? await client.shutdown() }
    }
}

enum Base64 {
    /// The bytes of standard base64 text, line breaks allowed; nil where it is malformed.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        var padding = 0
        for byte in text.utf8 {
            let value: UInt32
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(byte - UInt8(ascii: "A"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(byte - UInt8(ascii: "a")) + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(byte - UInt8(ascii: "0")) + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="):
                padding += 1
                continue
            case 0x0A, 0x0D: continue
            default: return nil
            }
            guard padding == 0 else { return nil }
            buffer = (buffer << 6 | value) & 0xFF_FFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return padding <= 2 && bits < 6 ? bytes : nil
    }
}
