// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubeModel
import KubePKI
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@Suite("The transport", .timeLimit(.minutes(5)))
struct HTTPTransportTests {
    /// Answers every request it reads with the same bytes, behind TLS, on a free port.
    private struct Server {
        let channel: any Channel
        let authority: CertificateAuthority
        let connections: Counter
        var address: String { "https://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

        final class Counter: Sendable {
            let count = Mutex(0)
        }

        final class Responder: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            let answer: String

            init(answer: String) { self.answer = answer }

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                let bytes = context.channel.allocator.buffer(string: answer)
                context.writeAndFlush(NIOAny(bytes), promise: nil)
            }
        }

        init(answer: String, validFor names: [String] = ["127.0.0.1"], at time: Timestamp) async throws {
            let authority = try CertificateAuthority.make(commonName: "ca", now: time)
            let credential = try authority.issue(.server(commonName: "server", dnsNames: [], ipAddresses: names), now: time)
            var tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(credential.certificatePEM.utf8)).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(credential.privateKeyPEM.utf8), format: .pem)))
            tls.applicationProtocols = ["http/1.1"]
            let context = try NIOSSLContext(configuration: tls)
            let connections = Counter()
            channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    connections.count.withLock { $0 += 1 }
                    return channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: context), Responder(answer: answer)])
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            self.authority = authority
            self.connections = connections
        }
    }

    private static func clock() -> Timestamp {
        Timestamp(seconds: Int64(Date().timeIntervalSince1970))
    }

    private func ask(_ configuration: ClientConfiguration, limit: Duration = .seconds(10), times: Int = 1) async throws -> KubeObject? {
        let transport = try HTTPTransport(configuration, timeLimit: limit)
        let client = KubeClient(transport: transport, userAgent: "test")
        let result: Result<KubeObject?, any Error>
        do {
            var object: KubeObject?
            for _ in 0..<times { object = try await client.get(.nodes, name: "n") }
            result = .success(object)
        } catch {
            result = .failure(error)
        }
        try await transport.shutdown()
        return try result.get()
    }

    private static func response(_ body: String, length: Int? = nil) -> String {
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(length ?? body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("probes the other end of a stream while it is silent")
    func probes() async throws {
        let server = try await Server(answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", at: Self.clock())
        let transport = try HTTPTransport(ClientConfiguration(server: server.address, caPEM: server.authority.certificatePEM))
        let response = try await transport.send(ClientRequest(method: "GET", path: "/", isStreaming: true))
        let port = String(server.channel.localAddress?.port ?? 0, radix: 16, uppercase: true)
        // Columns: number, local address, remote address, state, queues, timer (2: of keep-alive; another one while data waits to be acknowledged).
        let ending = ":" + String(repeating: "0", count: 4 - port.count) + port
        func timers() throws -> [String] {
            let text = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)
            let rows: [[Substring]] = text.split(separator: "\n").map { $0.split(separator: " ") }
            return rows.filter { $0[2].hasSuffix(ending) }.map { String($0[5].prefix(2)) }
        }
        while try timers() != ["02"] { try await Task.sleep(for: .milliseconds(10)) }
        #expect(response.status == 200)
        try await server.channel.close()
        try await transport.shutdown()
    }

    @Test("speaks TLS and keeps its connection")
    func reuse() async throws {
        let server = try await Server(answer: Self.response(#"{"metadata":{"name":"n"}}"#), at: Self.clock())
        let object = try await ask(ClientConfiguration(server: server.address + "/", caPEM: server.authority.certificatePEM), times: 5)
        #expect(object?.name == "n")
        #expect(server.connections.count.withLock { $0 } == 1)
        try await server.channel.close()
    }

    @Test("does not talk to a server that another authority signed, or whose certificate is for another address")
    func unverified() async throws {
        let time = Self.clock()
        let server = try await Server(answer: Self.response("{}"), validFor: ["127.0.0.2"], at: time)
        let rogue = try CertificateAuthority.make(commonName: "ca", now: time)
        for ca in [rogue.certificatePEM, server.authority.certificatePEM] {
            let error = await #expect(throws: ClientError.self) { _ = try await ask(ClientConfiguration(server: server.address, caPEM: ca)) }
            #expect(error?.message.hasPrefix("GET \(server.address)/api/v1/nodes/n: TLS failed") == true, "\(error?.message ?? "")")
        }
        try await server.channel.close()
    }

    @Test("says at once that nobody listens, and where")
    func refused() async throws {
        let error = await #expect(throws: ClientError.self) { _ = try await ask(ClientConfiguration(server: "https://127.0.0.1:1")) }
        #expect(error?.message == "GET https://127.0.0.1:1/api/v1/nodes/n: nobody listens there; is it running?")
    }

    @Test("does not wait for ever, neither for an answer nor for the rest of one", arguments: ["", response("{", length: 10)])
    func silent(_ answer: String) async throws {
        let server = try await Server(answer: answer, at: Self.clock())
        let error = await #expect(throws: ClientError.self) {
            _ = try await ask(ClientConfiguration(server: server.address, caPEM: server.authority.certificatePEM), limit: .milliseconds(300))
        }
        #expect(error?.message == "GET \(server.address)/api/v1/nodes/n: no answer in time")
        try await server.channel.close()
    }

    @Test(
        "refuses certificates and keys that it cannot read",
        arguments: [
            ClientConfiguration(server: "https://a", caPEM: "none"), ClientConfiguration(server: "https://a", certificatePEM: "x", keyPEM: "y"),
        ])
    func unreadable(_ configuration: ClientConfiguration) throws {
        let error = #expect(throws: ClientError.self) { _ = try HTTPTransport(configuration) }
        #expect(error?.message.hasPrefix("cannot read the certificates for https://a") == true)
    }
}
