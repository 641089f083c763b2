// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import NIOHTTP1

/// The headers that an extension server gets, and those that go back.
///
/// - Source: kube-aggregator pkg/apiserver/handler_proxy.go, k8s.io/client-go transport/round_trippers.go
enum ProxiedHeaders {
    private static let hopByHop: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    /// What the client sent, without what concerns only this connection or claims an identity, and with who it really is.
    static func request(_ request: APIRequest, authority: String, requestHeaders: RequestHeaderSettings) -> HTTPHeaders {
        let isIdentity = IdentityHeaders(requestHeaders)
        let named = connectionNamed(request.headers)
        var headers = HTTPHeaders()
        for (name, value) in request.headers {
            let lower = name.lowercased()
            guard !hopByHop.contains(lower), !named.contains(lower), !isIdentity.contains(lower) else { continue }
            guard lower != "host", lower != "content-length", !lower.hasPrefix("x-forwarded-") else { continue }
            headers.add(name: name, value: value)
        }
        headers.add(name: "Host", value: authority)
        headers.replaceOrAdd(name: "Audit-Id", value: request.auditID)
        let forwarded = request.headers["x-forwarded-for"] + [request.remoteAddress]
        headers.add(name: "X-Forwarded-For", value: forwarded.joined(separator: ", "))
        headers.add(name: "X-Forwarded-Host", value: authority)
        headers.add(name: "X-Forwarded-Proto", value: "https")
        headers.add(name: "X-Forwarded-Uri", value: String(request.uri.prefix { $0 != "?" }))
        addIdentity(request.user, to: &headers)
        return headers
    }

    static func addIdentity(_ user: UserInfo, to headers: inout HTTPHeaders) {
        headers.add(name: "X-Remote-User", value: user.name)
        if !user.uid.isEmpty { headers.add(name: "X-Remote-Uid", value: user.uid) }
        for group in user.groups { headers.add(name: "X-Remote-Group", value: group) }
        for (key, values) in user.extra.sorted(by: { $0.key < $1.key }) {
            for value in values { headers.add(name: "X-Remote-Extra-" + escaped(key), value: value) }
        }
    }

    static func response(_ headers: HTTPHeaders) -> HTTPHeaders {
        let named = connectionNamed(headers)
        return HTTPHeaders(
            headers.filter { name, _ in
                let lower = name.lowercased()
                return !hopByHop.contains(lower) && !named.contains(lower)
            }.map { ($0.name, $0.value) })
    }

    /// Header names that a `Connection` header lists.
    private static func connectionNamed(_ headers: HTTPHeaders) -> Set<String> {
        Set(headers[canonicalForm: "connection"].map { $0.lowercased() })
    }

    /// A key of `extra` as part of a header name: lower case, with what a header name can't hold escaped.
    private static func escaped(_ key: String) -> String {
        var text = ""
        for byte in key.lowercased().utf8 {
            let scalar = Unicode.Scalar(byte)
            let isToken = scalar.properties.isAlphabetic && byte < 0x80 || (0x30...0x39).contains(byte) || "!#$&'*+-.^_`|~".utf8.contains(byte)
            text += isToken ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return text
    }

    /// Which headers claim an identity, in lower case: none that a client sends may reach an extension server.
    private struct IdentityHeaders {
        private let names: Set<String>
        private let prefixes: [String]

        init(_ settings: RequestHeaderSettings) {
            let configured = settings.usernameHeaders + settings.uidHeaders + settings.groupHeaders
            names = Set(configured.map { $0.lowercased() } + ["authorization", "x-remote-user", "x-remote-uid", "x-remote-group"])
            prefixes = settings.extraHeaderPrefixes.map { $0.lowercased() } + ["x-remote-extra-", "impersonate-"]
        }

        func contains(_ lower: String) -> Bool { names.contains(lower) || prefixes.contains { lower.hasPrefix($0) } }
    }
}
