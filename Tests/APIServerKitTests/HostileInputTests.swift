// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubePKI
import NIOHTTP1
import NIOSSL
import Testing

@testable import APIServerKit

@Suite("hostile input")
struct HostileInputTests {
    @Test(
        "bytes that are no HTTP are 400 and the end",
        arguments: [
            "\u{0}\u{1}\u{2}\u{3}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nNo colon\r\n\r\n",
            "G\u{7F}T / HTTP/1.1\r\n\r\n",
            "POST /body HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "POST /body HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
            "POST /body HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /body HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "GET / HTTP/1.1\r\nA : b\r\n\r\n",
        ], [true, false])
    func garbage(_ bytes: String, isPlain: Bool) async throws {
        try await TestServer.with(isPlain: isPlain) { test async throws in
            let client = try await RawClient.connect(port: test.port, tls: isPlain ? nil : try test.clientTLS(nil))
            try await client.send(bytes)
            let text = try await client.textUntilClosed()
            #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 400 "), "\(text)")
            #expect(client.isClosed)
            #expect(try await test.request("/whoami").status == 200)
        }
    }

    @Test("bytes that are no TLS close the connection and nothing else")
    func noTLS() async throws {
        try await TestServer.with { test async throws in
            let client = try await RawClient.connect(port: test.port)
            // On a machine so busy that the time for a handshake is over first, the connection is closed already.
            try? await client.send("GET / HTTP/1.1\r\n\r\n")
            _ = try await client.textUntilClosed()
            #expect(client.isClosed)
            #expect(try await test.request("/whoami").status == 200)
        }
    }

    @Test(
        "HTTP/2 that is none, or breaks its rules, closes that connection and nothing else",
        arguments: [
            Array("GET /whoami HTTP/1.1\r\nHost: x\r\n\r\n".utf8), http2Preface + [0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1],
            // A frame of headers that no one can decode; data on a stream never opened; a window beyond its bounds.
            http2Preface + [0, 0, 4, 1, 5, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF], http2Preface + [0, 0, 1, 0, 0, 0, 0, 0, 1, 0],
            http2Preface + Array(repeating: [0, 0, 4, 8, 0, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF], count: 3).flatMap { $0 },
        ] as [[UInt8]])
    func brokenHTTP2(_ bytes: [UInt8]) async throws {
        try await TestServer.with { test async throws in
            var tls = try test.clientTLS(nil)
            tls.applicationProtocols = ["h2"]
            let client = try await RawClient.connect(port: test.port, tls: tls)
            try await client.send(bytes)
            _ = try await client.textUntilClosed()
            #expect(client.isClosed)
            #expect(try await test.request("/whoami").status == 200)
        }
    }

    /// The preface and an empty SETTINGS frame.
    private static let http2Preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    @Test("a header field beyond the limit is 431")
    func hugeHeader() async throws {
        try await TestServer.with { test async throws in
            let client = try await RawClient.connect(port: test.port, tls: try test.clientTLS(nil))
            try await client.send("GET /whoami HTTP/1.1\r\nHost: x\r\nX-Big: \(String(repeating: "a", count: 200 * 1024))\r\n\r\n")
            #expect(try await client.textUntilClosed().hasPrefix("HTTP/1.1 431 "))
        }
    }

    @Test("headers without end are 431")
    func manyHeaders() async throws {
        try await TestServer.with { test async throws in
            let client = try await RawClient.connect(port: test.port, tls: try test.clientTLS(nil))
            let lines = (0..<2000).map { "X-\($0): a\r\n" }.joined()
            try await client.send("GET /whoami HTTP/1.1\r\nHost: x\r\n\(lines)\r\n")
            #expect(try await client.textUntilClosed().hasPrefix("HTTP/1.1 431 "))
        }
    }

    @Test(
        "a path that cannot be decoded is 400 with a Status",
        arguments: ["/a%zz", "/%", "/a%2", "*", "//\u{20}", "http://x%zz/%zz"].filter { !$0.contains(" ") })
    func badPath(_ path: String) async throws {
        try await TestServer.with(isPlain: true) { test async throws in
            let client = try await RawClient.connect(port: test.port)
            try await client.send("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let text = try await client.textUntilClosed()
            #expect(text.hasPrefix("HTTP/1.1 400 ") || text.hasPrefix("HTTP/1.1 404 "), "\(text)")
        }
    }

    @Test("a malformed escape in the query drops that parameter only")
    func badQuery() async throws {
        try await TestServer.with { test async throws in
            #expect(try await test.request("/whoami?a=%41&c=2&b=1;x&d=%20+").json["query"] == ["a=A", "c=2", "d=  "])
        }
    }

    @Test("a truncated body is no request, and leaves nothing behind")
    func truncatedBody() async throws {
        try await TestServer.with(isPlain: true) { test async throws in
            let client = try await RawClient.connect(port: test.port)
            try await client.send("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this")
            await client.close()
            #expect(client.text == "")
            #expect(try await test.request("/whoami").status == 200)
        }
    }

    @Test("pipelined requests are answered in order")
    func pipelining() async throws {
        try await TestServer.with(isPlain: true) { test async throws in
            let client = try await RawClient.connect(port: test.port)
            let requests = ["/deferred?n=1", "/whoami?n=2", "/lines", "/whoami?n=3"].map { "GET \($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined()
            try await client.send(requests + "POST /body HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
            let text = try await client.textUntilClosed()
            let places = ["n=1", "n=2", "ADDED", "n=3", "\r\n\r\n3"].map { text.range(of: $0)?.lowerBound }
            #expect(places.allSatisfy { $0 != nil })
            #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
            #expect(text.contains("Connection: close"))
        }
    }

    @Test("Expect: 100-continue is answered before the body comes, and refused where the body would be too large")
    func expectContinue() async throws {
        try await TestServer.with(isPlain: true) { test async throws in
            let client = try await RawClient.connect(port: test.port)
            try await client.send("POST /body HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            #expect(try await client.text { $0.contains("100 Continue") }.hasPrefix("HTTP/1.1 100 Continue\r\n\r\n"))
            try await client.send("abc")
            #expect(try await client.text { $0.hasSuffix("\r\n\r\n3") }.contains("200 OK"))
            let large = try await RawClient.connect(port: test.port)
            try await large.send("POST /body HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n")
            #expect(try await large.textUntilClosed().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test("an endless body is refused while it still comes")
    func endlessBody() async throws {
        var limits = APIServerConfiguration.Limits()
        limits.bodyBytes = 1024
        try await TestServer.with(isPlain: true, limits: limits) { test async throws in
            let client = try await RawClient.connect(port: test.port)
            try await client.send("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + String(repeating: "a", count: 20_000))
            #expect(try await client.text { $0.contains("413") }.hasPrefix("HTTP/1.1 413 "))
            #expect(try await client.textUntilClosed().contains("RequestEntityTooLarge"))
        }
    }

    @Test(
        "a connection that sends no request, or half of one, is closed",
        arguments: ["", "GET /whoami HTTP/1.1\r\nHo", "POST /body HTTP/1.1\r\nContent-Length: 9\r\n\r\na"])
    func slowLoris(_ start: String) async throws {
        var limits = APIServerConfiguration.Limits()
        limits.requestRead = .milliseconds(200)
        try await TestServer.with(isPlain: true, limits: limits) { test async throws in
            let client = try await RawClient.connect(port: test.port)
            // On a busy machine the server may be first.
            try? await client.send(start)
            #expect(try await client.textUntilClosed() == "")
            #expect(client.isClosed)
        }
    }

    @Test("a handshake that never comes is closed")
    func noHandshake() async throws {
        var limits = APIServerConfiguration.Limits()
        limits.handshake = .milliseconds(200)
        try await TestServer.with(limits: limits) { test async throws in
            let client = try await RawClient.connect(port: test.port)
            _ = try await client.textUntilClosed()
            #expect(client.isClosed)
        }
    }

    @Test("HTTP/1.0 and requests to upgrade get their answer and the end of the connection")
    func oldProtocols() async throws {
        try await TestServer.with(isPlain: true) { test async throws in
            for (line, headers) in [("GET /lines HTTP/1.0", ""), ("GET /whoami HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n")] {
                let client = try await RawClient.connect(port: test.port)
                try await client.send("\(line)\r\n\(headers)\r\n")
                let text = try await client.textUntilClosed()
                #expect(text.contains(" 200 OK"))
                #expect(!text.lowercased().contains("transfer-encoding"))
                #expect(client.isClosed)
            }
        }
    }

    @Test("an HTTP/1.0 client that asks for it keeps its connection, and is told so")
    func oldKeepAlive() async throws {
        try await TestServer.with(isPlain: true) { test async throws in
            let client = try await RawClient.connect(port: test.port)
            for _ in 0..<2 { try await client.send("GET /whoami HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n") }
            let text = try await client.text { $0.components(separatedBy: "200 OK").count == 3 }
            #expect(text.components(separatedBy: "Connection: keep-alive").count == 3)
            #expect(text.hasPrefix("HTTP/1.0 200 OK"))
            #expect(!client.isClosed)
            await client.close()
        }
    }

    @Test("forged proxy headers mean nothing without the proxy's certificate", arguments: [true, false])
    func forgedHeaders(http1Only: Bool) async throws {
        let forged: HTTPHeaders = ["X-Remote-User": "kubernetes-admin", "X-Remote-Group": "system:masters"]
        try await TestServer.with { test async throws in
            let anonymous = try await test.request("/whoami", headers: forged, http1Only: http1Only)
            #expect(anonymous.json["user"] == "system:anonymous")
            let alice = try await test.request("/whoami", headers: forged, as: try test.clientCredential("alice"), http1Only: http1Only)
            #expect(alice.json["user"] == "alice")
            #expect(alice.json["groups"] == ["system:authenticated"])
            // The right name from the wrong authority.
            let mimic = try await test.request("/whoami", headers: forged, as: try test.clientCredential("front-proxy-client"), http1Only: http1Only)
            #expect(mimic.json["user"] == "front-proxy-client")
            let proxy = try test.clientCredential("front-proxy-client", by: test.frontProxyCA)
            let genuine = try await test.request("/whoami", headers: forged, as: proxy, http1Only: http1Only)
            #expect(genuine.json["user"] == "kubernetes-admin")
            #expect(genuine.json["groups"] == ["system:masters", "system:authenticated"])
            #expect(genuine.json["headers"]?.array?.contains { $0.string?.hasPrefix("x-remote") == true } == false)
            #expect(try await test.request("/whoami", as: proxy, http1Only: http1Only).status == 401)
        }
    }

    @Test("a proxy whose name is not allowed is 401, and the log says which name and which are allowed, once")
    func disallowedProxy() async throws {
        try await TestServer.with { test async throws in
            test.requestHeaders.replace(RequestHeaderSettings(allowedNames: ["aggregator"]))
            let proxy = try test.clientCredential("front-proxy-client", by: test.frontProxyCA)
            for _ in 0..<3 { #expect(try await test.request("/whoami", headers: ["X-Remote-User": "alice"], as: proxy).status == 401) }
            let lines = test.log.text.split(separator: "\n").filter { $0.contains("commonName=front-proxy-client") }
            #expect(lines.count == 1)
            #expect(lines.first?.contains("allowedNames=aggregator") == true)
            test.requestHeaders.replace(RequestHeaderSettings(allowedNames: ["front-proxy-client"]))
            #expect(try await test.request("/whoami", headers: ["X-Remote-User": "alice"], as: proxy).json["user"] == "alice")
        }
    }
}
