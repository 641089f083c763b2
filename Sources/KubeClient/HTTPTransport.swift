// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Where an API server is, how it is verified, and who asks.
package struct ClientConfiguration: Sendable, Hashable {
    /// `https://host:port`
    package var server: String
    /// What the server's certificate must be signed by; nil for the system's authorities.
    package var caPEM: String?
    package var certificatePEM: String?
    package var keyPEM: String?
    package var token: String?

    package init(server: String, caPEM: String? = nil, certificatePEM: String? = nil, keyPEM: String? = nil, token: String? = nil) {
        self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
        self.caPEM = caPEM
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
        self.token = token
    }
}

/// TLS with a client certificate over AsyncHTTPClient: connections are kept and shared, and there is no rate limit.
package final class HTTPTransport: Transport {
    private let configuration: ClientConfiguration
    private let client: HTTPClient

    /// How long a server may take to begin its answer, and to send all of one that is no stream.
    static let timeLimit: TimeAmount = .seconds(60)

    /// - Throws: `ClientError` naming the server where a certificate or key cannot be read.
    package init(_ configuration: ClientConfiguration, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) throws {
        self.configuration = configuration
        var http = HTTPClient.Configuration()
        http.tlsConfiguration = try Self.tls(configuration)
        http.httpVersion = .http1Only
        http.redirectConfiguration = .disallow
        http.decompression = .disabled
        http.timeout = HTTPClient.Configuration.Timeout(connect: .seconds(5))
        // Each watch holds a connection of its own.
        http.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        http.connectionPool.idleTimeout = .seconds(60)
        client = HTTPClient(eventLoopGroup: group, configuration: http)
    }

    private static func tls(_ configuration: ClientConfiguration) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        do {
            if let pem = configuration.caPEM { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8))) }
            if let certificate = configuration.certificatePEM, let key = configuration.keyPEM {
                tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
            }
        } catch {
            throw ClientError("cannot read the certificates for \(configuration.server): \(error)", cause: error)
        }
        return tls
    }

    package func send(_ request: ClientRequest) async throws -> ClientResponse {
        var http = HTTPClientRequest(url: configuration.server + request.path)
        http.method = HTTPMethod(rawValue: request.method)
        for (name, value) in request.headers { http.headers.add(name: name, value: value) }
        if let token = configuration.token { http.headers.replaceOrAdd(name: "authorization", value: "Bearer \(token)") }
        if !request.body.isEmpty { http.body = .bytes(request.body) }
        let response: HTTPClientResponse
        do {
            response = try await client.execute(http, timeout: request.isStreaming ? .hours(24) : Self.timeLimit)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            try Task.checkCancellation()
            throw ClientError("\(request.method) \(configuration.server)\(request.path): \(Self.reason(error))", cause: error)
        }
        var headers: [String: String] = [:]
        for (name, value) in response.headers { headers[name.lowercased()] = value }
        let body = response.body
        return ClientResponse(status: Int(response.status.code), headers: headers, body: ResponseBody(body.bytes))
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout || error == .deadlineExceeded || error == .readTimeout: "no answer in time"
        case is NIOConnectionError: "nobody listens there; is it running?"
        default: "\(error)"
        }
    }

    package func shutdown() async throws { try await client.shutdown() }
}

extension HTTPClientResponse.Body {
    fileprivate var bytes: AsyncMapSequence<Self, [UInt8]> { map { Array($0.readableBytesView) } }
}
