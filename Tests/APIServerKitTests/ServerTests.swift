// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI
import NIOHTTP1
import Testing

@testable import APIServerKit

@Suite("the server over TLS")
struct ServerTests {
    @Test("both protocols answer alike", arguments: [true, false])
    func answers(http1Only: Bool) async throws {
        try await TestServer.with { test async throws in
            let reply = try await test.request("/whoami?labelSelector=a%3Db&watch", http1Only: http1Only)
            #expect(reply.status == 200)
            #expect(reply.version == (http1Only ? 1 : 2))
            #expect(reply.json["user"] == "system:anonymous")
            #expect(reply.json["groups"] == ["system:unauthenticated"])
            #expect(reply.json["query"] == ["labelSelector=a=b", "watch="])
            #expect(reply.json["remote"] == "127.0.0.1")
            #expect(reply.headers["cache-control"] == ["no-cache, private"])
            #expect(reply.headers["content-type"] == ["application/json"])
            #expect(reply.headers["date"].count == 1)
            #expect(reply.headers["content-length"] == ["\(reply.text.utf8.count)"])
            #expect(reply.headers["audit-id"].first?.count == 36)
        }
    }

    @Test("a certificate's common name is the user and its organizations the groups", arguments: [true, false])
    func clientCertificate(http1Only: Bool) async throws {
        try await TestServer.with { test async throws in
            let alice = try test.clientCredential("alice", groups: ["devs", "admins"])
            let reply = try await test.request("/whoami", headers: ["Authorization": "Bearer ignored"], as: alice, http1Only: http1Only)
            #expect(reply.json["user"] == "alice")
            #expect(reply.json["groups"] == ["devs", "admins", "system:authenticated"])
            #expect(reply.json["headers"]?.array?.contains("authorization") == false)
        }
    }

    @Test("a certificate that does not hold is 401, not anonymous")
    func wrongCertificates() async throws {
        try await TestServer.with { test async throws in
            let impostor = try CertificateAuthorityFixture.make("kubernetes", now: test.clock.now)
            let stranger = try test.clientCredential("kubernetes-admin", groups: ["system:masters"], by: impostor)
            let server = try test.ca.issue(.server(commonName: "server"), now: test.clock.now)
            for credential in [stranger, server] {
                let reply = try await test.request("/whoami", as: credential)
                #expect(reply.status == 401)
                #expect(reply.json["message"] == "Unauthorized")
                #expect(reply.text.hasSuffix("}\n"))
            }
        }
    }

    @Test("a certificate that expires on an open connection is refused from then on")
    func expiry() async throws {
        try await TestServer.with { test async throws in
            let brief = try test.ca.issue(.client(commonName: "brief", validity: .seconds(60)), now: test.clock.now)
            try await test.withClient(as: brief) { client async throws in
                #expect(try await test.request("/whoami", by: client).status == 200)
                test.clock.advance(by: .seconds(120))
                #expect(try await test.request("/whoami", by: client).status == 401)
            }
        }
    }

    @Test("replaced client authorities count at once, on open connections too")
    func replacedTrust() async throws {
        try await TestServer.with { test async throws in
            let alice = try test.clientCredential("alice")
            let other = try CertificateAuthorityFixture.make("other", now: test.clock.now)
            let bob = try test.clientCredential("bob", by: other)
            try await test.withClient(as: alice) { client async throws in
                #expect(try await test.request("/whoami", by: client).json["user"] == "alice")
                test.clientTrust.replace(try .init(rootsPEM: other.certificatePEM))
                #expect(try await test.request("/whoami", by: client).status == 401)
            }
            #expect(try await test.request("/whoami", as: bob).json["user"] == "bob")
        }
    }

    @Test("a reloaded serving certificate is shown to the next connection")
    func reloadedCertificate() async throws {
        try await TestServer.with { test async throws in
            // Not for this address, which a client must notice.
            try test.server.reload(
                servingCredential: try test.ca.issue(.server(commonName: "elsewhere", dnsNames: ["elsewhere"]), now: test.clock.now))
            await #expect(throws: (any Error).self) { try await test.request("/whoami") }
            try test.server.reload(
                servingCredential: try test.ca.issue(.server(commonName: "here", ipAddresses: ["127.0.0.1"]), now: test.clock.now))
            #expect(try await test.request("/whoami").status == 200)
        }
    }

    @Test("a client's audit ID is kept, a silly one replaced")
    func auditIDs() async throws {
        try await TestServer.with { test async throws in
            #expect(try await test.request("/whoami", headers: ["Audit-Id": "abc-1"]).headers["audit-id"] == ["abc-1"])
            let long = String(repeating: "x", count: 65)
            #expect(try await test.request("/whoami", headers: ["Audit-Id": long]).headers["audit-id"].first?.count == 36)
        }
    }

    @Test("failures are Statuses; what is not for clients stays in the log", arguments: [true, false])
    func failures(http1Only: Bool) async throws {
        try await TestServer.with { test async throws in
            let missing = try await test.request("/nowhere", http1Only: http1Only)
            #expect(missing.status == 404)
            #expect(missing.json["reason"] == "NotFound")
            #expect(try await test.request("/early", http1Only: http1Only).json["code"] == 410)
            let fault = try await test.request("/fault", http1Only: http1Only)
            #expect(fault.status == 500)
            #expect(!fault.text.contains("secret"))
            #expect(test.log.text.contains("secret detail"))
        }
    }

    @Test("deferred and streamed answers arrive whole", arguments: [true, false])
    func slowAnswers(http1Only: Bool) async throws {
        try await TestServer.with { test async throws in
            #expect(try await test.request("/deferred", http1Only: http1Only).status == 200)
            let lines = try await test.request("/lines", http1Only: http1Only)
            #expect(lines.text == "{\"type\":\"ADDED\",\"object\":0}\n{\"type\":\"ADDED\",\"object\":1}\n{\"type\":\"ADDED\",\"object\":2}\n")
            if http1Only { #expect(lines.headers["transfer-encoding"] == ["chunked"]) }
            #expect(try await test.request("/big", http1Only: http1Only).text.utf8.count == 4 << 20)
        }
    }

    @Test("an answer that breaks midway is cut, never ended as if whole", arguments: [true, false])
    func brokenAnswer(http1Only: Bool) async throws {
        try await TestServer.with { test async throws in
            await #expect(throws: (any Error).self) { try await test.request("/cut", http1Only: http1Only) }
            #expect(try await test.request("/whoami", http1Only: http1Only).status == 200)
        }
    }

    @Test("a body may be 3 MiB; more is 413", arguments: [true, false])
    func bodyLimit(http1Only: Bool) async throws {
        try await TestServer.with { test async throws in
            let most = String(repeating: "a", count: 3 << 20)
            #expect(try await test.request("/body", method: .POST, body: most, http1Only: http1Only).text == "\(3 << 20)")
            let more = try await test.request("/body", method: .POST, body: most + "a", http1Only: http1Only)
            #expect(more.status == 413)
            #expect(more.json["message"] == "Request entity too large: limit is 3145728")
        }
    }

    @Test("HEAD has the headers of GET and no body", arguments: [true, false])
    func head(http1Only: Bool) async throws {
        try await TestServer.with { test async throws in
            try await test.withClient(http1Only: http1Only) { client async throws in
                let reply = try await test.request("/whoami", method: .HEAD, by: client)
                #expect(reply.text == "")
                #expect(Int(reply.headers.first(name: "content-length") ?? "") ?? 0 > 50)
                #expect(try await test.request("/lines", method: .HEAD, by: client).text == "")
                #expect(try await test.request("/whoami", by: client).status == 200)
            }
        }
    }

    @Test("many requests share one HTTP/2 connection")
    func concurrency() async throws {
        try await TestServer.with { test async throws in
            try await test.withClient { client async throws in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for index in 0..<200 {
                        group.addTask { try await test.request(index % 2 == 0 ? "/whoami" : "/deferred", by: client).status }
                    }
                    for try await status in group { #expect(status == 200) }
                }
            }
        }
    }
}

enum CertificateAuthorityFixture {
    static func make(_ name: String, now: Timestamp) throws -> CertificateAuthority { try CertificateAuthority.make(commonName: name, now: now) }
}
