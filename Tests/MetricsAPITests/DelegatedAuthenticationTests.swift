// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeClient
import KubeModel
import KubePKI
import NIOHTTP1
import Testing

@testable import DelegatedAccess

@Suite("Whom a server beside the API server believes", .timeLimit(.minutes(2)))
struct DelegatedAuthenticationTests {
    private static let now = Timestamp(seconds: 1_795_000_000)

    @Test("authorities in the ConfigMap count as soon as they stand there, and no longer than that")
    func configMap() async throws {
        let (old, new) = (try Self.authority("old"), try Self.authority("new"))
        let api = ConfigMapAPI(Self.configMap(client: old, proxy: old, version: "1"))
        let log = LogRecorder()
        let authentication = try DelegatedAuthentication(.init(), client: api.client, now: Self.now, logger: log.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await authentication.run() }
            // Who shows a certificate waits for the authorities.
            #expect(await Self.user(authentication, old, "alice") == "alice")
            #expect(await Self.user(authentication, old, "front-proxy-client", ["X-Remote-User": "bob"]) == "bob")
            #expect(await Self.user(authentication, new, "alice") == nil)
            api.send(Self.configMap(client: new, proxy: new, version: "2"))
            // The proxy's authority is the last to be taken over.
            while await Self.user(authentication, new, "front-proxy-client", ["X-Remote-User": "bob"]) != "bob" { await Task.yield() }
            #expect(await Self.user(authentication, new, "alice") == "alice")
            #expect(await Self.user(authentication, old, "alice") == nil)
            #expect(await Self.user(authentication, old, "front-proxy-client", ["X-Remote-User": "bob"]) == nil)
            // Nonsense changes nothing.
            var broken = Self.configMap(client: new, proxy: new, version: "3")
            broken.json["data"] = ["client-ca-file": "nonsense"]
            api.send(broken)
            while !log.text.contains("cannot read the authorities") { await Task.yield() }
            #expect(await Self.user(authentication, new, "alice") == "alice")
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test("where the ConfigMap need not be read, a certificate does not count until it is, and nobody waits")
    func toleratedFailure() async throws {
        let authority = try Self.authority("kubernetes")
        let api = ConfigMapAPI(nil)
        var options = DelegatedAuthenticationOptions()
        options.waitsForLookup = false
        let authentication = try DelegatedAuthentication(options, client: api.client, now: Self.now, logger: LogRecorder().logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await authentication.run() }
            #expect(await Self.user(authentication, authority, "alice") == nil)
            group.cancelAll()
            try await group.waitForAll()
        }
        await #expect(throws: APIError.self) { try await DelegatedAuthentication.checkLookup(options, client: api.client) }
        options.looksUp = false
        try await DelegatedAuthentication.checkLookup(options, client: api.client)
    }

    @Test("an authority of a flag counts, is replaced, and stays where the new one cannot be read")
    func flags() async throws {
        let (old, new) = (try Self.authority("old"), try Self.authority("new"))
        var options = DelegatedAuthenticationOptions(
            clientCAPEM: old.certificatePEM, requestHeader: RequestHeaderOptions(clientCAPEM: old.certificatePEM))
        options.looksUp = false
        let authentication = try DelegatedAuthentication(options, client: ConfigMapAPI(nil).client, now: Self.now, logger: LogRecorder().logger)
        #expect(await Self.user(authentication, old, "alice") == "alice")
        try authentication.replace(clientCAPEM: new.certificatePEM)
        #expect(await Self.user(authentication, old, "alice") == nil)
        #expect(await Self.user(authentication, new, "alice") == "alice")
        #expect(throws: (any Error).self) { try authentication.replace(clientCAPEM: "nonsense") }
        #expect(await Self.user(authentication, new, "alice") == "alice")
        #expect(await Self.user(authentication, old, "proxy", ["X-Remote-User": "bob"]) == "bob")
        try authentication.replace(requestHeaderCAPEM: new.certificatePEM)
        #expect(await Self.user(authentication, new, "proxy", ["X-Remote-User": "bob"]) == "bob")
        #expect(await Self.user(authentication, old, "proxy", ["X-Remote-User": "bob"]) == nil)
    }

    private static func authority(_ name: String) throws -> CertificateAuthority { try CertificateAuthority.make(commonName: name, now: now) }

    /// Whom a certificate by `authority`, on a connection of its own, is taken for; nil for nobody.
    private static func user(
        _ authentication: DelegatedAuthentication, _ authority: CertificateAuthority, _ name: String, _ headers: HTTPHeaders = [:]
    ) async -> String? {
        guard let credential = try? authority.issue(.client(commonName: name), now: now),
            let chain = try? PEM.certificatesDER(credential.certificatePEM, from: "test")
        else { return nil }
        let request = AuthenticationRequest(
            headers: headers, connection: PeerConnection(remoteAddress: "127.0.0.1", presentedChain: chain), now: now)
        let outcome: AuthenticationOutcome
        switch authentication.authenticate(request) {
        case .ready(let ready): outcome = ready
        case .deferred(let wait): outcome = await wait()
        }
        if case .authenticated(let user, _) = outcome { return user.name }
        return nil
    }

    private static func configMap(client: CertificateAuthority, proxy: CertificateAuthority, version: String) -> KubeObject {
        KubeObject([
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "name": "extension-apiserver-authentication", "namespace": "kube-system", "uid": "u", "resourceVersion": .string(version),
            ],
            "data": [
                "client-ca-file": .string(client.certificatePEM), "requestheader-client-ca-file": .string(proxy.certificatePEM),
                "requestheader-allowed-names": #"["front-proxy-client"]"#, "requestheader-username-headers": #"["X-Remote-User"]"#,
            ],
        ])
    }
}

/// An API server with one ConfigMap, which can be changed; without one, it refuses.
private final class ConfigMapAPI: Transport {
    private let configMap: KubeObject?
    private let events = AsyncThrowingStream<[UInt8], any Error>.makeStream(bufferingPolicy: .unbounded)

    init(_ configMap: KubeObject?) { self.configMap = configMap }

    var client: KubeClient { KubeClient(transport: self, userAgent: "test") }

    func send(_ changed: KubeObject) {
        let event: JSONValue = ["type": "MODIFIED", "object": .object(changed.json)]
        events.continuation.yield(event.encoded + [UInt8(ascii: "\n")])
    }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        guard let configMap else { throw APIError.forbidden(GroupResource(group: "", resource: "configmaps"), "", "may not") }
        if request.path.contains("watch=true") { return ClientResponse(status: 200, body: ResponseBody(events.stream)) }
        let list: JSONValue = ["kind": "ConfigMapList", "apiVersion": "v1", "metadata": ["resourceVersion": "1"], "items": [.object(configMap.json)]]
        return ClientResponse(status: 200, body: ResponseBody(list.encoded))
    }
}
