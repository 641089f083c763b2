// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import KubeCoding
import KubeModel
import KubePKI
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

@testable import APIServerKit

/// A server on a free loopback port with its own two authorities, and clients for it.
final class TestServer: Sendable {
    let ca: CertificateAuthority
    let frontProxyCA: CertificateAuthority
    let clientTrust: ClientTrust
    let requestHeaders: RequestHeaderAuthenticator
    let server: APIServer
    let handler = ProbeHandler()
    let log: LogRecorder
    let clock = TestClock()
    private let isPlain: Bool

    private init(
        isPlain: Bool, allowsAnonymous: Bool, authorizer: any Authorizer, limits: APIServerConfiguration.Limits, flowControl: FlowControlSettings?
    ) throws {
        self.isPlain = isPlain
        let start = clock.now
        ca = try CertificateAuthority.make(commonName: "kubernetes", now: start)
        frontProxyCA = try CertificateAuthority.make(commonName: "front-proxy-ca", now: start)
        clientTrust = ClientTrust(try ClientChainVerifier(rootsPEM: ca.certificatePEM))
        log = LogRecorder()
        requestHeaders = RequestHeaderAuthenticator(
            settings: RequestHeaderSettings(allowedNames: ["front-proxy-client"]),
            trust: ClientTrust(try ClientChainVerifier(rootsPEM: frontProxyCA.certificatePEM)), logger: log.logger)
        let serving = try ca.issue(.server(commonName: "kube-apiserver", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"]), now: start)
        var configuration = APIServerConfiguration(
            addresses: [.init(host: "127.0.0.1", port: 0)], servingCredential: isPlain ? nil : serving, allowsAnonymous: allowsAnonymous)
        configuration.limits = limits
        configuration.flowControl = flowControl
        server = try APIServer(
            configuration: configuration, handler: handler,
            authenticator: UnionAuthenticator([requestHeaders, ClientCertificateAuthenticator(trust: clientTrust)]), authorizer: authorizer,
            logger: log.logger, now: { [clock] in clock.now })
    }

    /// Starts a server, hands it to `body`, and stops it.
    static func with<Value: Sendable>(
        isPlain: Bool = false, allowsAnonymous: Bool = true, authorizer: any Authorizer = AlwaysAllow(),
        limits: APIServerConfiguration.Limits = .init(), flowControl: FlowControlSettings? = nil, _ body: @Sendable (TestServer) async throws -> Value
    ) async throws -> Value {
        let test = try TestServer(
            isPlain: isPlain, allowsAnonymous: allowsAnonymous, authorizer: authorizer, limits: limits, flowControl: flowControl)
        try await test.server.start()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await test.server.run() }
            let value = try await body(test)
            group.cancelAll()
            try await group.waitForAll()
            return value
        }
    }

    var port: Int { server.boundAddresses.first?.port ?? 0 }

    func clientCredential(_ name: String, groups: [String] = [], by authority: CertificateAuthority? = nil) throws -> Credential {
        try (authority ?? ca).issue(.client(commonName: name, organizations: groups), now: clock.now)
    }

    /// One request by a client of its own.
    func request(
        _ path: String, method: HTTPMethod = .GET, headers: HTTPHeaders = [:], body: String? = nil, as credential: Credential? = nil,
        http1Only: Bool = false
    ) async throws -> Reply {
        try await withClient(as: credential, http1Only: http1Only) { client in
            try await self.request(path, method: method, headers: headers, body: body, by: client)
        }
    }

    func request(
        _ path: String, method: HTTPMethod = .GET, headers: HTTPHeaders = [:], body: String? = nil, by client: HTTPClient
    ) async throws -> Reply {
        var request = HTTPClientRequest(url: "\(scheme)://127.0.0.1:\(port)\(path)")
        request.method = method
        request.headers = headers
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await client.execute(request, timeout: .seconds(20))
        let text = String(buffer: try await response.body.collect(upTo: 32 * 1024 * 1024))
        return Reply(status: Int(response.status.code), version: response.version.major, headers: response.headers, text: text)
    }

    func withClient<Value>(as credential: Credential? = nil, http1Only: Bool = false, _ body: (HTTPClient) async throws -> Value) async throws
        -> Value
    {
        var configuration = HTTPClient.Configuration(tlsConfiguration: try clientTLS(credential))
        configuration.httpVersion = http1Only ? .http1Only : .automatic
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let value = try await body(client)
            try await client.shutdown()
            return value
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    func clientTLS(_ credential: Credential?) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(ca.certificatePEM.utf8)))
        if let credential {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(credential.certificatePEM.utf8)).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(credential.privateKeyPEM.utf8), format: .pem))
        }
        return tls
    }

    private var scheme: String { isPlain ? "http" : "https" }
}

/// Starts at the real time, so that clients accept the certificates, and moves when told.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(seconds: Int64(Date().timeIntervalSince1970)))
    var now: Timestamp { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

struct Reply: Sendable {
    var status: Int
    /// 1 or 2.
    var version: Int
    var headers: HTTPHeaders
    var text: String

    var json: JSONValue { (try? JSONValue.parse(Array(text.utf8))) ?? .null }
}

/// Answers by path with what a test wants to see.
final class ProbeHandler: APIHandler {
    /// How many `/stream` answers ended, and how.
    let streamsEnded = Mutex<[String]>([])
    /// `/held` answers when it is finished.
    let gate = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    func handle(_ request: APIRequest) throws -> APIAnswer {
        switch request.path {
        case "/whoami", "/apis/metrics.k8s.io/v1beta1/pods": .ready(Self.describe(request))
        case "/body": .ready(APIResponse(contentType: "text/plain", body: Array(String(request.body.count).utf8)))
        case "/deferred":
            .deferred {
                await Task.yield()
                return Self.describe(request)
            }
        case "/held":
            .deferred {
                for await _ in self.gate.stream {}
                return Self.describe(request)
            }
        case "/teapot": throw APIError(code: 418, reason: .badRequest, message: "short and stout")
        case "/fault": throw APIServerError(.cannotListen, "secret detail")
        case "/big": .ready(APIResponse(contentType: "text/plain", body: [UInt8](repeating: 0x61, count: 4 << 20)))
        case "/lines":
            .stream { writer in
                try await writer.start(.ok, ["Content-Type": "application/json"])
                for number in 0..<3 { try await writer.write(WatchFraming.line(.added, .integer(Int64(number)))) }
            }
        case "/stream": .stream { try await self.streamForever($0) }
        case "/flood":
            .stream { writer in
                try await writer.start(.ok, ["Content-Type": "text/plain"])
                do {
                    let chunk = [UInt8](repeating: 0x62, count: 64 * 1024)
                    while true {
                        try await writer.write(chunk)
                        self.floodedChunks.withLock { $0 += 1 }
                    }
                } catch {
                    self.streamsEnded.withLock { $0.append("\(error)") }
                    throw error
                }
            }
        case "/early": .stream { _ in throw APIError.expired("too old") }
        case "/cut":
            .stream { writer in
                try await writer.start(.ok, [:])
                try await writer.write([0x61])
                throw APIError.badRequest("midway")
            }
        default: throw APIError.noSuchPath
        }
    }

    let floodedChunks = Mutex(0)
    let streamsBegun = Mutex(0)

    private func streamForever(_ writer: any ResponseWriter) async throws {
        do {
            try await writer.start(.ok, ["Content-Type": "application/json"])
            try await writer.write(Array("first\n".utf8))
            streamsBegun.withLock { $0 += 1 }
            try await Task.sleep(for: .seconds(3600))
        } catch {
            streamsEnded.withLock { $0.append("\(error)") }
            throw error
        }
    }

    static func describe(_ request: APIRequest) -> APIResponse {
        let json: JSONValue = [
            "user": .string(request.user.name), "groups": JSONValue(request.user.groups), "uid": .string(request.user.uid),
            "extra": .object(JSONObject(request.user.extra.map { ($0.key, JSONValue($0.value)) })),
            "headers": JSONValue(request.headers.map { $0.name.lowercased() }.sorted()), "verb": .string(request.info.verb),
            "path": .string(request.path), "query": JSONValue(request.query.items.map { "\($0.name)=\($0.value)" }),
            "remote": .string(request.remoteAddress),
        ]
        return APIResponse(contentType: "application/json", body: json.encoded)
    }
}

/// Keeps what was logged.
final class LogRecorder: Sendable {
    private let lines = Mutex<[String]>([])

    var logger: Logger {
        var logger = Logger(label: "test") { [self] _ in Handler(recorder: self) }
        logger.logLevel = .trace
        return logger
    }

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let details = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            recorder.lines.withLock { $0.append("\(event.level) \(event.message) \(details)") }
        }
    }
}

enum ProcessID {
    static var own: Int { Int(ProcessInfo.processInfo.processIdentifier) }
}
