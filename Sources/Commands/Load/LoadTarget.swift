// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Where the load goes: plain HTTP on this machine, unless a remote target was allowed by name.
package struct LoadTarget: Sendable, Equatable, CustomStringConvertible {
    package let host: String
    package let port: Int
    /// With the query.
    package let path: String

    /// - Throws: `.usage` where `url` is no `http://host[:port][/path]`, or leaves this machine without `allowsRemote`.
    package init(_ url: String, allowsRemote: Bool = false) throws(LoadError) {
        guard url.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) }) else {
            throw LoadError(.usage, "\"\(url)\" has characters that no URL has")
        }
        guard !url.lowercased().hasPrefix("https://") else {
            throw LoadError(.usage, "\(url): only http:// is supported; load the service behind the TLS end")
        }
        guard url.lowercased().hasPrefix("http://") else { throw LoadError(.usage, "\"\(url)\" is not of the form http://127.0.0.1:8080/path") }
        let rest = url.dropFirst("http://".count).prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let (host, port) = try Self.split(authority, url)
        self.host = host
        self.port = port
        let path = String(rest[authority.endIndex...])
        self.path = path.hasPrefix("/") ? path : "/" + path
        guard allowsRemote || Self.isLoopback(host) else {
            throw LoadError(.usage, "\(host) is not this machine (127.0.0.0/8, ::1 or localhost): add --allow-remote if you may load it")
        }
    }

    private static func split(_ authority: Substring, _ url: String) throws(LoadError) -> (host: String, port: Int) {
        let hostEnd: Substring.Index
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { throw LoadError(.usage, "\(url): the host lacks a ]") }
            hostEnd = authority.index(after: bracket)
        } else {
            hostEnd = authority.firstIndex(of: ":") ?? authority.endIndex
        }
        let host = authority[..<hostEnd].filter { $0 != "[" && $0 != "]" }
        let portText = authority[hostEnd...].dropFirst()
        guard !host.isEmpty, !host.contains("@"), authority[hostEnd...].isEmpty || authority[hostEnd] == ":" else {
            throw LoadError(.usage, "\(url) names no host")
        }
        guard let port = portText.isEmpty ? 80 : Int(portText), (1...65535).contains(port) else {
            throw LoadError(.usage, "\(url): \(portText) is no port")
        }
        return (String(host), port)
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host == "::1" || host.lowercased() == "localhost" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil && $0.first != "+" }
    }

    /// As it stands in the `Host` header.
    package var authority: String { (host.contains(":") ? "[\(host)]" : host) + (port == 80 ? "" : ":\(port)") }
    package var description: String { "http://\(authority)\(path)" }
}
