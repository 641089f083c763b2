// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Which URLs a configuration may hold: those that every reader takes for the same, and that hold no password.
enum URLSyntax {
    /// What is wrong with a URL; nil where nothing is.
    static func problem(in url: String, schemes: [String] = ["http", "https"]) -> String? {
        guard let separator = url.firstRange(of: "://") else { return "has no scheme" }
        guard schemes.contains(url[..<separator.lowerBound].lowercased()) else {
            return "has a scheme other than \(schemes.joined(separator: " or "))"
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}".utf8.contains($0) }) else {
            return "has a character that no URL may have"
        }
        guard hasWholeEscapes(url) else { return "has a % without two hexadecimal digits after it" }
        let authority = url[separator.upperBound...].prefix { !"/?#".contains($0) }
        if authority.contains("@") { return "holds a user name" }
        return authorityProblem(authority)
    }

    private static func hasWholeEscapes(_ url: String) -> Bool {
        url.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy { rest in
            rest.prefix(2).count == 2 && rest.prefix(2).allSatisfy(\.isHexDigit)
        }
    }

    private static func authorityProblem(_ authority: Substring) -> String? {
        var host = authority
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]"), end > host.index(after: host.startIndex) else { return "has no whole address in brackets" }
            guard host[..<end].dropFirst().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return "has no address in brackets" }
            host = host[host.index(after: end)...]
            if host.isEmpty { return nil }
            guard host.hasPrefix(":") else { return "has something between the address and the port" }
        } else {
            let name = host.prefix { $0 != ":" }
            guard !name.isEmpty else { return "has no host" }
            guard name.allSatisfy({ $0.isLetter || $0.isNumber || "-._~".contains($0) }) else { return "has no host name" }
            host = host.dropFirst(name.count)
            if host.isEmpty { return nil }
        }
        guard let port = UInt16(host.dropFirst()), port > 0, host.dropFirst().allSatisfy(\.isNumber) else { return "has no port after the colon" }
        return nil
    }
}
