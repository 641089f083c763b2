// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
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
    /// Read again as it changes, and in the place of `token`.
    package var tokenFile: String?

    package init(
        server: String, caPEM: String? = nil, certificatePEM: String? = nil, keyPEM: String? = nil, token: String? = nil, tokenFile: String? = nil
    ) {
        self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
        self.caPEM = caPEM
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
        self.token = token
        self.tokenFile = tokenFile
    }
}

/// TLS with a client certificate over AsyncHTTPClient: connections are kept and shared, and there is no rate limit.
package final class HTTPTransport: Transport {
    private let configuration: ClientConfiguration
    private let client: HTTPClient
    /// For answers that go on and on: each holds a connection, and may be silent for long.
    private let streams: HTTPClient
    private let timeLimit: TimeAmount
    private let token: BearerToken

    /// - Parameter timeLimit: How long a server may take to answer; of a stream, it counts for the head only.
    /// - Throws: `ClientError` naming the server where a certificate or key cannot be read.
    package init(
        _ configuration: ClientConfiguration, timeLimit: Duration = .seconds(60), group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws {
        self.configuration = configuration
        token = BearerToken(configuration)
        self.timeLimit = TimeAmount(timeLimit)
        var http = HTTPClient.Configuration()
        http.tlsConfiguration = try Self.tls(configuration)
        http.httpVersion = .http1Only
        http.redirectConfiguration = .disallow
        http.decompression = .disabled
        http.timeout = HTTPClient.Configuration.Timeout(connect: .seconds(5))
        http.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        http.connectionPool.idleTimeout = .seconds(60)
        // Callers know best whether and when to try again.
        http.connectionPool.retryConnectionEstablishment = false
        var streaming = http
        streaming.http1_1ConnectionDebugInitializer = Self.probe
        streams = HTTPClient(eventLoopGroup: group, configuration: streaming)
        http.timeout.read = self.timeLimit
        client = HTTPClient(eventLoopGroup: group, configuration: http)
    }

    /// Has the kernel ask a silent peer every 10 s, from 30 s on, whether it is still there: a stream whose other end vanished without a word
    /// ends after a minute rather than never.
    private static func probe(_ channel: any Channel) -> EventLoopFuture<Void> {
        let probes = [(TCP_KEEPIDLE, 30), (TCP_KEEPINTVL, 10), (TCP_KEEPCNT, 3)] as [(CInt, Int)]
        return channel.setOption(.socketOption(.so_keepalive), value: 1).flatMap {
            .andAllSucceed(
                probes.map { channel.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: $0.0)), value: $0.1) }, on: channel.eventLoop)
        }
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
        if let token = try token.current() { http.headers.replaceOrAdd(name: "authorization", value: "Bearer \(token)") }
        if !request.body.isEmpty { http.body = .bytes(request.body) }
        let response: HTTPClientResponse
        do {
            response = try await (request.isStreaming ? streams : client).execute(http, timeout: timeLimit)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            try Task.checkCancellation()
            throw failure(request, error)
        }
        var headers: [String: String] = [:]
        for (name, value) in response.headers { headers[name.lowercased()] = value }
        return ClientResponse(
            status: Int(response.status.code), headers: headers,
            body: ResponseBody(ReceivedBody(pieces: response.body) { self.failure(request, $0) }))
    }

    private func failure(_ request: ClientRequest, _ error: any Error) -> ClientError {
        ClientError("\(request.method) \(configuration.server)\(request.path): \(Self.reason(error))", cause: error)
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout || error == .deadlineExceeded || error == .readTimeout: "no answer in time"
        case let error as HTTPClientError where error == .remoteConnectionClosed: "the server closed the connection before its answer was complete"
        case let error as IOError where error.errnoCode == ECONNREFUSED: "nobody listens there; is it running?"
        case is NIOConnectionError: "nobody listens there; is it running?"
        case _ where error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError:
            "TLS failed (\(error)); is the server's certificate signed by the authority given, and for this address?"
        case let error as HTTPClientError: error.shortDescription
        default: "\(error)"
        }
    }

    /// One that was never shut down, since what it was made for did not come to be, still gives its connections back.
    deinit { for client in [streams, client] { client.shutdown { _ in } } }

    package func shutdown() async throws {
        try await client.shutdown()
        try await streams.shutdown()
    }
}

/// The body as it comes; what breaks it off tells which request it was.
private struct ReceivedBody: AsyncSequence, Sendable {
    let pieces: HTTPClientResponse.Body
    let failure: @Sendable (any Error) -> ClientError

    struct AsyncIterator: AsyncIteratorProtocol {
        var pieces: HTTPClientResponse.Body.AsyncIterator
        let failure: @Sendable (any Error) -> ClientError

        mutating func next() async throws -> [UInt8]? {
            do {
                return try await pieces.next().map { Array($0.readableBytesView) }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                try Task.checkCancellation()
                throw failure(error)
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: pieces.makeAsyncIterator(), failure: failure) }
}
