// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Requests of a front proxy, one after the other on new and on kept connections; counts those that are not answered 200.
final class RequestStream: Sendable {
    private struct State {
        var proxy: String
        var total = 0
        var failures: [String] = []
    }

    private static let requestsOfConnection = 10
    private let server: MetricsServerProcess
    private let kit: CertificateKit
    private let path: String
    private let state: Mutex<State>

    /// - Parameter proxy: Whose certificate of `kit` is shown.
    init(_ server: MetricsServerProcess, _ kit: CertificateKit, path: String, proxy: String) {
        self.server = server
        self.kit = kit
        self.path = path
        state = Mutex(State(proxy: proxy))
    }

    var total: Int { state.withLock(\.total) }
    var failures: [String] { state.withLock(\.failures) }
    func use(proxy: String) { state.withLock { $0.proxy = proxy } }

    /// For curl: the server is verified by the authorities in `serving-both-ca.crt`.
    func arguments(proxy: String) -> [String] {
        [
            "--cacert", "\(kit.folder)/serving-both-ca.crt", "--cert", "\(kit.folder)/\(proxy).crt", "--key", "\(kit.folder)/\(proxy).key", "-H",
            "X-Remote-User: system:serviceaccount:default:reader",
        ]
    }

    /// Until cancelled; the last requests still get their answers.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask { while !Task.isCancelled { await Task { await self.ask() }.value } }
            }
        }
    }

    /// Until so many more have been answered.
    func further(_ count: Int, seconds: Double = 60) async throws {
        let (goal, deadline) = (total + count, ContinuousClock.now + .seconds(seconds))
        while total < goal {
            guard ContinuousClock.now < deadline else { throw LabFailure(message: "\(total) requests of \(goal)") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func ask() async {
        let count = Self.requestsOfConnection
        let url = "https://localhost:\(server.port)\(path)?n=[1-\(count)]"
        let wanted = ["-sS", "--max-time", "20", "-o", "/dev/null", "-w", "%{http_code}\n", url]
        let result = try? await Tool.run(Tool.curl ?? "curl", arguments(proxy: state.withLock(\.proxy)) + wanted)
        let codes = (result?.output ?? "").split(separator: "\n")
        state.withLock { state in
            state.total += count
            if result?.status != 0 || codes.count != count || codes.contains(where: { $0 != "200" }) {
                state.failures.append("\(state.proxy): \(codes) \(result?.errors ?? "")")
            }
        }
    }
}
