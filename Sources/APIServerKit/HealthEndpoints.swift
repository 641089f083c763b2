// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// One named check; nil means well, a text why not. It must not wait.
package struct HealthCheck: Sendable {
    package var name: String
    package var check: @Sendable () -> String?

    package init(_ name: String, _ check: @escaping @Sendable () -> String? = { nil }) {
        self.name = name
        self.check = check
    }
}

/// `/healthz`, `/livez` and `/readyz` with their checks, each also under its own path, `?verbose` and `?exclude=`.
/// - Source: k8s.io/apiserver pkg/server/healthz
package struct HealthEndpoints: Sendable {
    /// By path, without slash: `readyz`.
    private let checks: [String: [HealthCheck]]

    package init(
        healthz: [HealthCheck] = [HealthCheck("ping")], livez: [HealthCheck] = [HealthCheck("ping")], readyz: [HealthCheck] = [HealthCheck("ping")]
    ) {
        checks = ["healthz": healthz, "livez": livez, "readyz": readyz]
    }

    /// `/healthz`, `/healthz/ping`, …, sorted.
    package var paths: [String] {
        checks.flatMap { root, checks in ["/\(root)"] + checks.map { "/\(root)/\($0.name)" } }.sorted()
    }

    /// nil where `path` is none of ours.
    package func answer(_ path: String, _ query: Query) -> APIResponse? {
        let rest = path.dropFirst()
        guard path.first == "/", let root = rest.split(separator: "/", maxSplits: 1).first.map(String.init), let checks = checks[root] else {
            return nil
        }
        let name = rest.dropFirst(root.count + 1)
        if name.isEmpty { return all(root, checks, query) }
        guard let one = checks.first(where: { $0.name == name }) else { return nil }
        guard let failure = one.check() else { return response(.ok, "ok") }
        return response(.internalServerError, "internal server error: \(failure)\n")
    }

    private func all(_ root: String, _ checks: [HealthCheck], _ query: Query) -> APIResponse {
        var excluded = Set(query.all("exclude"))
        var lines = ""
        var isWell = true
        for check in checks {
            if excluded.remove(check.name) != nil {
                lines += "[+]\(check.name) excluded: ok\n"
            } else if check.check() == nil {
                lines += "[+]\(check.name) ok\n"
            } else {
                lines += "[-]\(check.name) failed: reason withheld\n"
                isWell = false
            }
        }
        if !excluded.isEmpty {
            let names = excluded.sorted().map { "\"\($0)\"" }.joined(separator: ",")
            lines += "warn: some health checks cannot be excluded: no matches for \(names)\n"
        }
        guard isWell else { return response(.internalServerError, "\(lines)\(root) check failed\n") }
        return response(.ok, query["verbose"] == nil ? "ok" : "\(lines)\(root) check passed\n")
    }

    private func response(_ status: HTTPResponseStatus, _ text: String) -> APIResponse {
        APIResponse(
            status: status, headers: ["Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"], body: Array(text.utf8))
    }
}
