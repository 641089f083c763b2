// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ObjectReading {
    /// How the server asks whoever `fields` describe: TLS, credentials, proxy, redirects, as members of Prometheus' `http_config`.
    mutating func httpClient(_ fields: Fields) throws(FieldProblem) -> JSONObject {
        var client = JSONObject()
        if let tls = try fields.fields("tlsConfig") { client["tls_config"] = try tlsConfig(tls) }
        try refuseSchemes(fields)
        var schemes: [(field: String, key: String, value: JSONValue)] = []
        if let file = try bearerTokenFile(fields) {
            schemes.append((file.field, "authorization", ["type": "Bearer", "credentials_file": .string(file.path)]))
        }
        if let basic = try fields.nonEmptyFields("basicAuth"), let value = try basicAuth(basic) { schemes.append(("basicAuth", "basic_auth", value)) }
        if let scheme = try fields.nonEmptyFields("authorization"), let value = try authorization(scheme) {
            schemes.append(("authorization", "authorization", value))
        }
        if schemes.count > 1 {
            throw fields.problem(
                schemes[1].field, "is a second way to authenticate beside \(schemes[0].field), and Prometheus takes one", fix: "keep one of them")
        }
        if let scheme = schemes.first { client[scheme.key] = scheme.value }
        try addConnection(fields, to: &client)
        return client
    }

    /// Left out, a target would be asked without credentials: whatever names them is refused instead.
    private func refuseSchemes(_ fields: Fields) throws(FieldProblem) {
        for name in ["oauth2", "sigv4", "azureAd"] where try fields.nonEmptyFields(name) != nil {
            throw fields.problem(name, "is not supported", fix: "use authorization or basicAuth with a Secret")
        }
    }

    private mutating func bearerTokenFile(_ fields: Fields) throws(FieldProblem) -> (field: String, path: String)? {
        var found: [(field: String, path: String)] = []
        if let file = try containerFile("bearerTokenFile", of: fields) { found.append(("bearerTokenFile", file)) }
        if let selector = try fields.fields("bearerTokenSecret"), try selector.text("name") != nil, let file = try secretFile(selector) {
            found.append(("bearerTokenSecret", file))
        }
        if let token = try fields.text("bearerToken") {
            found.append(("bearerToken", file(Array(token.utf8), at: "inline/\(fields.path("bearerToken").pathComponent)")))
        }
        if found.count > 1 { throw fields.problem(found[1].field, "is a second bearer token beside \(found[0].field)", fix: "keep one of them") }
        return found.first
    }

    /// The user name stands in the configuration, which Prometheus 2.42 knows no other place for; the password in a file.
    private mutating func basicAuth(_ fields: Fields) throws(FieldProblem) -> JSONValue? {
        guard let name = try fields.nonEmptyFields("username") else {
            throw fields.problem("username", "is missing", fix: "name a Secret and its key")
        }
        guard let username = try secret(name) else { return nil }
        guard let text = String(validating: username.bytes, as: UTF8.self) else {
            throw fields.problem("username", "is not text in UTF-8", fix: "store the user name as plain text")
        }
        var basic: JSONObject = ["username": .string(text)]
        if let password = try fields.nonEmptyFields("password"), let file = try secretFile(password) { basic["password_file"] = .string(file) }
        return .object(basic)
    }

    /// Nil where the credentials are missing, and may be.
    private mutating func authorization(_ fields: Fields) throws(FieldProblem) -> JSONValue? {
        let type = (try fields.text("type") ?? "Bearer").trimmed
        guard type.lowercased() != "basic" else { throw fields.problem("type", "is Basic, which has a field of its own", fix: "use basicAuth") }
        var authorization: JSONObject = ["type": .string(type)]
        let selector = try fields.nonEmptyFields("credentials")
        let file = try containerFile("credentialsFile", of: fields)
        if selector != nil, file != nil {
            throw fields.problem("credentialsFile", "is a second place for credentials beside credentials", fix: "keep one of them")
        }
        if let file { authorization["credentials_file"] = .string(file) }
        if let selector, let file = try secretFile(selector) { authorization["credentials_file"] = .string(file) }
        return authorization["credentials_file"] == nil ? nil : .object(authorization)
    }

    private mutating func tlsConfig(_ fields: Fields) throws(FieldProblem) -> JSONValue {
        var tls = JSONObject()
        if let skips = try fields.bool("insecureSkipVerify") { tls["insecure_skip_verify"] = .bool(skips) }
        if let name = try fields.text("serverName") { tls["server_name"] = .string(name) }
        for (field, file, key) in [("ca", "caFile", "ca_file"), ("cert", "certFile", "cert_file")] {
            let selector = try fields.nonEmptyFields(field)
            let path = try containerFile(file, of: fields)
            if selector != nil, path != nil { throw fields.problem(file, "stands beside \(field), and one of them counts", fix: "keep one of them") }
            if let path { tls[key] = .string(path) }
            if let selector, let path = try secretOrConfigMapFile(selector) { tls[key] = .string(path) }
        }
        let keySecret = try fields.nonEmptyFields("keySecret")
        let keyFile = try containerFile("keyFile", of: fields)
        if keySecret != nil, keyFile != nil {
            throw fields.problem("keyFile", "stands beside keySecret, and one of them counts", fix: "keep one of them")
        }
        if let keyFile { tls["key_file"] = .string(keyFile) }
        if let keySecret, let path = try secretFile(keySecret) { tls["key_file"] = .string(path) }
        if (tls["cert_file"] == nil) != (tls["key_file"] == nil) {
            throw FieldProblem(fields.path, "has a certificate without its key, or a key without its certificate", fix: "give both")
        }
        for (field, key, since) in Self.protocolBounds {
            guard let bound = try fields.word(field, of: ["TLS10", "TLS11", "TLS12", "TLS13"]) else { continue }
            if supports(fields.path(field), since: since) { tls[key] = .string(bound) }
        }
        return .object(tls)
    }

    private static let protocolBounds = [
        ("minVersion", "min_version", PrometheusVersion(2, 35)), ("maxVersion", "max_version", PrometheusVersion(2, 41)),
    ]

    private mutating func addConnection(_ fields: Fields, to client: inout JSONObject) throws(FieldProblem) {
        if let proxy = try fields.text("proxyUrl") {
            if let problem = URLSyntax.problem(in: proxy, schemes: ["http", "https", "socks5"]) {
                throw fields.problem(
                    "proxyUrl", "\(problem)\(proxy.contains("@") ? "" : ": \(proxy.quoted)")", fix: "write the proxy's URL, without a user")
            }
            client["proxy_url"] = .string(proxy)
        }
        if let follows = try fields.bool("followRedirects") { client["follow_redirects"] = .bool(follows) }
        for name in ["enableHttp2", "enableHTTP2"] {
            if let enables = try fields.bool(name), supports(fields.path(name), since: PrometheusVersion(2, 35)) {
                client["enable_http2"] = .bool(enables)
            }
        }
        if let hosts = try fields.text("noProxy"), supports(fields.path("noProxy"), since: PrometheusVersion(2, 43)) {
            client["no_proxy"] = .string(hosts)
        }
        if let isOn = try fields.bool("proxyFromEnvironment"), supports(fields.path("proxyFromEnvironment"), since: PrometheusVersion(2, 43)) {
            client["proxy_from_environment"] = .bool(isOn)
        }
        if try fields.nonEmptyFields("proxyConnectHeader") != nil {
            leaveOut(fields.problem("proxyConnectHeader", "is not supported", fix: "use a proxy that needs no headers"))
        }
    }
}

extension String {
    /// Without space at both ends.
    var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// A field's path as the name of a file, which no other path has.
    var pathComponent: String {
        let isName = utf8.count <= 200 && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._[]-".contains($0)) }
        return isName ? self : ContentHash.of(Array(utf8))
    }
}
