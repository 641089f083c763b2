// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import KubeModel
import KubePKI
import NIOCore
import NIOHTTP1
import NIOSSL
import Testing

/// A client of a served plane, with or without a certificate.
struct PlaneClient {
    let http: HTTPClient
    let port: Int

    struct Reply {
        var code: UInt
        var headers: HTTPHeaders
        var bytes: [UInt8]
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var json: JSONValue { (try? JSONValue.parse(text)) ?? .null }
    }

    static func run<Result>(_ served: ServedPlane, _ credential: Credential?, _ body: (PlaneClient) async throws -> Result) async throws -> Result {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(served.authority.certificatePEM.utf8)))
        if let credential {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(credential.certificatePEM.utf8)).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(credential.privateKeyPEM.utf8), format: .pem))
        }
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .init(tlsConfiguration: tls))
        do {
            let result = try await body(PlaneClient(http: http, port: served.port))
            try await http.shutdown()
            return result
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    @discardableResult
    func send(_ method: HTTPMethod, _ uri: String, _ body: JSONValue? = nil, headers: HTTPHeaders = [:]) async throws -> Reply {
        var request = HTTPClientRequest(url: "https://127.0.0.1:\(port)\(uri)")
        request.method = method
        request.headers = headers
        if let body {
            request.body = .bytes(body.encoded)
            request.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        }
        let response = try await http.execute(request, timeout: .seconds(20))
        let bytes = try await response.body.collect(upTo: 1 << 24)
        return Reply(code: response.status.code, headers: response.headers, bytes: Array(bytes.readableBytesView))
    }
}
