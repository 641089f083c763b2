// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubePKI
import Logging
import NIOHTTP1
import TestKit
import Testing

@testable import APIServerKit

@Suite("authentication by upstream's vectors")
struct RequestHeaderVectorTests {
    @Test("front-proxy headers and client certificates give upstream's users")
    func vectors() async throws {
        let cases = try Vectors.load("requestheader", from: .module).cases
        var passed = 0
        var failures: [String] = []
        for json in cases {
            let failure = try await Self.check(json)
            if let failure { failures.append("\(json["id"]?.string ?? "?") (\(json["name"]?.string ?? "")): \(failure)") } else { passed += 1 }
        }
        print("requestheader.json: \(passed) passed, \(failures.count) failed")
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
        #expect(passed > 0)
    }

    /// nil where ours is upstream's answer.
    private static func check(_ json: JSONValue) async throws -> String? {
        func strings(_ name: String) -> [String] { json[name]?.array?.compactMap(\.string) ?? [] }
        let now = try #require(json["now"]?.timestamp)
        let trust = ClientTrust(try ClientChainVerifier(rootsPEM: strings("caPEM").joined()))
        let presented = strings("presentedChainPEM").joined()
        let chain = presented.isEmpty ? [] : try PEM.certificatesDER(presented, from: "vector")
        let authenticator: any Authenticator =
            json["kind"] == "x509user"
            ? ClientCertificateAuthenticator(trust: trust)
            : RequestHeaderAuthenticator(
                settings: RequestHeaderSettings(
                    allowedNames: strings("allowedNames"), usernameHeaders: strings("usernameHeaders"), uidHeaders: strings("uidHeaders"),
                    groupHeaders: strings("groupHeaders"), extraHeaderPrefixes: strings("extraHeaderPrefixes")),
                trust: trust, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var headers = HTTPHeaders()
        for pair in json["headers"]?.array ?? [] { headers.add(name: pair.array?[0].string ?? "", value: pair.array?[1].string ?? "") }
        let request = AuthenticationRequest(
            headers: headers, connection: PeerConnection(remoteAddress: "127.0.0.1", presentedChain: chain), now: now)
        let outcome =
            switch authenticator.authenticate(request) {
            case .ready(let ready): ready
            case .deferred(let wait): await wait()
            }
        return compare(json, outcome, headers)
    }

    private static func compare(_ json: JSONValue, _ outcome: AuthenticationOutcome, _ headers: HTTPHeaders) -> String? {
        switch (outcome, json["outcome"]?.string) {
        case (.noOpinion, "noOpinion"), (.failure, "error"): return nil
        case (.authenticated(let user, let consumed), "authenticated"):
            let wanted = UserInfo(
                name: json.value(at: "user", "name")?.string ?? "", uid: json.value(at: "user", "uid")?.string ?? "",
                groups: json.value(at: "user", "groups")?.array?.compactMap(\.string) ?? [],
                extra: Dictionary(
                    uniqueKeysWithValues: (json.value(at: "user", "extra")?.object ?? [:]).map {
                        ($0.key, $0.value.array?.compactMap(\.string) ?? [])
                    }))
            guard user == wanted else { return "\(user) instead of \(wanted)" }
            guard json["kind"] == "requestheader" else { return nil }
            var rest = headers
            for name in consumed { rest.remove(name: name) }
            let left = Set(rest.map { $0.name.lowercased() })
            let wantedLeft = Set((json["headersRemaining"]?.array ?? []).compactMap { $0.string?.lowercased() })
            return left == wantedLeft ? nil : "headers left \(left.sorted()) instead of \(wantedLeft.sorted())"
        default: return "\(outcome) instead of \(json["outcome"]?.string ?? "?") \(json["error"]?.string ?? "")"
        }
    }
}
