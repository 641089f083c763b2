// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubePKI
import NIOCore
import NIOSSL
import Synchronization
import Testing

@testable import MetricsAPI

@Suite("Asking kubelets over TLS", .timeLimit(.minutes(5)))
struct KubeletClientTests {
    private static let now = RawKubelet.now()
    private let ca: CertificateAuthority
    private let tls: NIOSSLContext

    init() throws {
        ca = try CertificateAuthority.make(commonName: "kubernetes", now: Self.now)
        tls = try RawKubelet.tls(
            try ca.issue(.server(commonName: "system:node:n", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"]), now: Self.now))
    }

    private func with<Value>(
        _ options: KubeletOptions? = nil, tls: NIOSSLContext?, _ reply: @escaping @Sendable (Int) -> RawKubelet.Reply,
        _ body: (KubeletClient, RawKubelet) async throws -> Value
    ) async throws -> Value {
        let kubelet = try await RawKubelet("n", tls: tls, reply)
        let client = try KubeletClient(options ?? KubeletOptions(caPEM: ca.certificatePEM), now: RawKubelet.now)
        let result: Result<Value, any Error>
        do { result = .success(try await body(client, kubelet)) } catch { result = .failure(error) }
        await client.shutdown()
        await kubelet.close()
        return try result.get()
    }

    @Test("one connection serves scrape after scrape, by address and by name, with the token and no wish for compression")
    func kept() async throws {
        var options = KubeletOptions(caPEM: ca.certificatePEM)
        options.bearerToken = { "secret" }
        try await with(options, tls: tls, { .text("answer \($0)") }) { (client, kubelet) async throws in
            for number in 0..<5 { #expect(try await client.answer(kubelet.target()) == .success("answer \(number)")) }
            #expect(kubelet.connectionCount == 1)
            let head = try #require(kubelet.heads.first)
            #expect(head.hasPrefix("GET /metrics/resource HTTP/1.1\r\nHost: 127.0.0.1:\(kubelet.port)\r\n"))
            #expect(head.contains("\r\nAuthorization: Bearer secret\r\n") && !head.lowercased().contains("accept-encoding"))
            #expect(try await client.answer(kubelet.target(host: "localhost")) == .success("answer 5"))
            #expect(kubelet.connectionCount == 2)
        }
    }

    @Test("a kept connection that was ended meanwhile is opened anew")
    func reopened() async throws {
        try await with(tls: tls, { .text("answer \($0)") }) { (client, kubelet) async throws in
            #expect(try await client.answer(kubelet.target()) == .success("answer 0"))
            kubelet.drop()
            // The kubelet may still have read the question that it no longer answers.
            let again = try await client.answer(kubelet.target())
            #expect(again == .success("answer 1") || again == .success("answer 2"), "\(again)")
        }
        // Ended by the request itself: asked once more, and no more than that.
        try await with(tls: tls, { $0 == 0 ? .text("a") : .end }) { (client, kubelet) async throws in
            #expect(try await client.answer(kubelet.target()) == .success("a"))
            guard case .failure(let failure) = try await client.answer(kubelet.target()) else { return #expect(Bool(false)) }
            #expect(failure.kind == .ended && failure.message.hasPrefix("node n: 127.0.0.1:\(kubelet.port) ended the connection"), "\(failure)")
            #expect(kubelet.heads.count == 3)
        }
    }

    @Test("without TLS no token is sent")
    func plain() async throws {
        var options = KubeletOptions()
        options.isPlain = true
        options.bearerToken = { "secret" }
        try await with(options, tls: nil, { _ in .text("a") }) { (client, kubelet) async throws in
            #expect(try await client.answer(kubelet.target(isPlain: true)) == .success("a"))
            #expect(kubelet.heads.first?.contains("secret") == false)
        }
    }

    @Test("a token that cannot be read is told of, and nobody is asked")
    func noToken() async throws {
        var options = KubeletOptions(caPEM: ca.certificatePEM)
        options.bearerToken = { throw KubeletFailure(.credentials, "no such file") }
        try await with(options, tls: tls, { _ in .text("a") }) { (client, kubelet) async throws in
            let failure = KubeletFailure(.credentials, "node n is not asked: no such file")
            #expect(try await client.answer(kubelet.target()) == .failure(failure))
            #expect(kubelet.heads.isEmpty)
        }
    }

    // MARK: What is wrong

    @Test("where nobody listens, and where a name is none")
    func unreachable() async throws {
        try await with(tls: tls, { _ in .nothing }) { (client, kubelet) async throws in
            let target = try kubelet.target()
            await kubelet.close()
            let refused = await client.answer(target)
            guard case .failure(let failure) = refused else { return #expect(Bool(false), "\(refused)") }
            #expect(
                failure.kind == .unreachable && failure.message.contains("node n: 127.0.0.1:\(kubelet.port) cannot be connected to"), "\(failure)")
            #expect(failure.message.contains("refused"), "\(failure)")
            let unknown = await client.answer(try kubelet.target(host: "no-such-host.invalid"))
            guard case .failure(let failure) = unknown else { return #expect(Bool(false), "\(unknown)") }
            #expect(failure.kind == .unreachable, "\(failure)")
        }
    }

    @Test(
        "a limit ends a scrape wherever it stands, and says where",
        arguments: [
            (RawKubelet.Reply.nothing, true, "after the request"), (.nothing, false, "in the TLS handshake"),
            (.trickle, true, "after 0 bytes of its answer"),
            (.bytes(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8)), true, "after 3 bytes of its answer"),
        ])
    func limit(reply: RawKubelet.Reply, hasTLS: Bool, place: String) async throws {
        try await with(tls: hasTLS ? tls : nil, { _ in reply }) { (client, kubelet) async throws in
            let target = try kubelet.target()
            let answered = Task { await client.answer(target) }
            while hasTLS ? kubelet.heads.isEmpty : kubelet.connectionCount == 0 { try await Task.sleep(for: .milliseconds(5)) }
            // What is on its way may need a moment.
            for _ in 0..<20 { try await Task.sleep(for: .milliseconds(5)) }
            client.giveUp("n", after: .seconds(3))
            let answer = await answered.value
            let expected = "node n: 127.0.0.1:\(kubelet.port) gave no answer within 3s, \(place)"
            #expect(answer == .failure(KubeletFailure(.timeout, expected)), "\(answer)")
        }
    }

    @Test(
        "an answer that is none",
        arguments: [
            (RawKubelet.Reply.bytes([0x16, 3, 1, 0, 255, 10]), KubeletFailure.Kind.response),
            (.endless(String(repeating: "x", count: 60000)), .response),
            (.bytes(Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Encoding: gzip\r\n\r\nabc".utf8)), .response),
            (.bytes(Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd".utf8)), .response),
            (.bytes(Array("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno".utf8)), .forbidden),
            (.last(Array("HTTP/1.1 503 No\r\n\r\nlater".utf8)), .status),
            (.last(Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".utf8)), .ended), (.end, .ended),
        ])
    func wrong(reply: RawKubelet.Reply, kind: KubeletFailure.Kind) async throws {
        try await with(tls: tls, { _ in reply }) { (client, kubelet) async throws in
            let answer = await client.answer(try kubelet.target())
            guard case .failure(let failure) = answer else { return #expect(Bool(false), "\(answer)") }
            #expect(failure.kind == kind && failure.message.hasPrefix("node n: 127.0.0.1:\(kubelet.port) "), "\(failure)")
        }
    }

    // MARK: Certificates

    enum Certificate: String, CaseIterable {
        case expired, early, misnamed, selfSigned, stranger, plain, unwanted
    }

    private func certificate(_ kind: Certificate) throws -> (tls: NIOSSLContext?, texts: [String]) {
        let profile = CertificateProfile.server(commonName: "system:node:n", ipAddresses: ["127.0.0.1"], validity: .days(1))
        switch kind {
        case .expired:
            let old = try CertificateAuthority.make(commonName: "kubernetes", now: Self.now - .days(100))
            let credential = try old.issue(profile, now: Self.now - .days(10))
            return (try RawKubelet.tls(credential), ["expired on \((Self.now - .days(9)).description)", "correct the clock"])
        case .early:
            let credential = try ca.issue(profile, now: Self.now + .days(10))
            return (try RawKubelet.tls(credential), ["is not valid before", "correct the clock"])
        case .misnamed:
            let credential = try ca.issue(.server(commonName: "n", dnsNames: ["n.example"], ipAddresses: ["10.9.8.7"]), now: Self.now)
            return (try RawKubelet.tls(credential), ["is for n.example, 10.9.8.7, and not for 127.0.0.1", "--kubelet-preferred-address-types"])
        case .selfSigned:
            let own = try CertificateAuthority.make(commonName: "n-ca@1700000000", now: Self.now)
            return (
                try RawKubelet.tls(try own.issue(profile, now: Self.now)),
                ["is self-signed", "serverTLSBootstrap", "--kubelet-certificate-authority", "--kubelet-insecure-tls", "docs/kubelet-tls.md"]
            )
        case .stranger:
            let other = try CertificateAuthority.make(commonName: "another", now: Self.now)
            return (
                try RawKubelet.tls(try other.issue(profile, now: Self.now)),
                ["is signed by CN=another, and not by the authority given", "--kubelet-certificate-authority", "docs/kubelet-tls.md"]
            )
        case .plain: return (nil, ["does not speak TLS"])
        case .unwanted:
            let tls = try RawKubelet.tls(try ca.issue(profile, now: Self.now), clientCA: ca.certificatePEM)
            return (tls, ["--kubelet-client-certificate"])
        }
    }

    @Test("what is wrong with a kubelet's certificate is told, with the node and what to do", arguments: Certificate.allCases)
    func certificates(kind: Certificate) async throws {
        let (tls, texts) = try certificate(kind)
        let isTLS = tls != nil
        try await with(tls: tls, { _ in .text("a") }) { (client, kubelet) async throws in
            if !isTLS { return try await plainPort(texts) }
            let answer = await client.answer(try kubelet.target())
            guard case .failure(let failure) = answer else { return #expect(Bool(false), "\(kind): \(answer)") }
            #expect(failure.kind == (kind == .unwanted ? .handshake : .certificate), "\(failure)")
            #expect(failure.message.hasPrefix("node n: "), "\(failure)")
            for text in texts { #expect(failure.message.contains(text), "\(failure)") }
        }
    }

    /// A port that answers a greeting in clear text.
    private func plainPort(_ texts: [String]) async throws {
        let kubelet = try await RawKubelet("n", tls: nil, greeting: Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        let client = try KubeletClient(KubeletOptions(caPEM: ca.certificatePEM), now: RawKubelet.now)
        let answer = await client.answer(try kubelet.target())
        await client.shutdown()
        await kubelet.close()
        guard case .failure(let failure) = answer else { return #expect(Bool(false), "\(answer)") }
        #expect(failure.kind == .handshake && failure.message.contains(texts[0]), "\(failure)")
    }

    @Test("other authorities count from the next connection on, and the insecure believe anybody")
    func reload() async throws {
        let other = try CertificateAuthority.make(commonName: "another", now: Self.now)
        try await with(KubeletOptions(caPEM: other.certificatePEM), tls: tls, { _ in .text("a") }) { (client, kubelet) async throws in
            guard case .failure(let failure) = await client.answer(try kubelet.target()) else { return #expect(Bool(false)) }
            #expect(failure.kind == .certificate)
            #expect(throws: (any Error).self) { try client.reload(KubeletOptions(caPEM: "none")) }
            try client.reload(KubeletOptions(caPEM: ca.certificatePEM))
            #expect(try await client.answer(kubelet.target()) == .success("a"))
        }
        var options = KubeletOptions(caPEM: other.certificatePEM)
        options.isInsecure = true
        try await with(options, tls: tls, { _ in .text("a") }) { (client, kubelet) async throws in
            #expect(try await client.answer(kubelet.target()) == .success("a"))
        }
    }
}
