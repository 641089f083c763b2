// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation
import KubeModel
import NIOHTTP1
import Synchronization

/// Reads and writes in a closed loop, at 1, 16 and 64 connections.
struct RequestBench: Sendable {
    let plane: PlaneProcess
    private let duration = Duration.seconds(3)
    private let maps = "/api/v1/namespaces/bench/configmaps"

    init(_ plane: PlaneProcess) { self.plane = plane }

    func reads() async throws {
        for connections in [1, 16, 64] {
            let path = "/api/v1/namespaces/bench/pods/\(BenchPod.name(7))"
            let pods = try await measure(connections, port: plane.port) { _, _ in .init(path: path) }
            let bare = try await measure(connections, port: plane.barePort) { _, _ in .init(path: "/bytes/\(pods.bytes)") }
            report("get of a pod (\(pods.bytes) bytes), \(connections) connections", pods, beside: bare, "the bare server with as many bytes")
        }
    }

    func writes() async throws {
        try await makeNamespace()
        let commits = try CommitBench()
        defer { commits.remove() }
        for connections in [1, 16, 64] {
            let baseline = try commits.run(rowsEach: connections, bytes: map("a", 0).count)
            let made = try await measure(connections, port: plane.port) { connection, number in
                .init(method: .POST, path: maps, body: map("c-\(connections)-\(connection)-\(number)", 0))
            }
            report("create of a ConfigMap, \(connections) connections", made, beside: baseline, "SQLite alone, \(connections) rows a commit")
            let updated = try await measure(connections, port: plane.port) { connection, number in
                let name = "c-\(connections)-\(connection)-0"
                return .init(method: .PUT, path: "\(maps)/\(name)", body: map(name, number + 1))
            }
            report("update of a ConfigMap, \(connections) connections", updated, beside: baseline, "SQLite alone, \(connections) rows a commit")
        }
    }

    /// A list of everything there is, in both encodings.
    func lists() async throws {
        for (name, accept) in [("JSON", "application/json"), ("protobuf", "application/vnd.kubernetes.protobuf")] {
            do {
                let list = try await measure(1, port: plane.port, requests: 15) { _, _ in .init(path: "/api/v1/namespaces/bench/pods", accept: accept)
                }
                let bare = try await measure(1, port: plane.barePort, requests: 15) { _, _ in .init(path: "/bytes/\(list.bytes)") }
                say(
                    "list of 5000 pods in \(name): \(list.bytes) bytes, median \(text(list.milliseconds(0.5), 1)) ms, server CPU \(text(list.cpuMicroseconds / 1000, 1)) ms; "
                        + "the bare server with as many bytes: \(text(bare.milliseconds(0.5), 1)) ms, CPU \(text(bare.cpuMicroseconds / 1000, 1)) ms")
            } catch let failure as BenchFailure {
                say("list of 5000 pods in \(name): \(failure)")
            }
        }
    }

    func makeNamespace() async throws {
        let body = JSONValue.object(["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "bench"]]).encoded
        _ = try await measure(1, port: plane.port, requests: 1) { _, _ in .init(method: .POST, path: "/api/v1/namespaces", body: body) }
    }

    private func map(_ name: String, _ value: Int) -> [UInt8] {
        JSONValue.object([
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)],
            "data": ["value": .string("\(value)"), "text": .string(String(repeating: "0123456789", count: 50))],
        ]).encoded
    }

    /// - Parameter requests: So many on each connection; nil for as many as the time allows.
    private func measure(
        _ connections: Int, port: Int, requests: Int? = nil,
        _ request: @escaping @Sendable (_ connection: Int, _ number: Int) -> LoadConnection.Request
    ) async throws -> Figures {
        let tls = plane.tls
        let (cpu, started) = (plane.cpuSeconds, ContinuousClock.now)
        let end = started + duration
        let answers = try await withThrowingTaskGroup(of: LoadConnection.Answers.self) { group in
            for connection in 0..<connections {
                group.addTask {
                    try await LoadConnection.run(port: port, tls: tls) { number in
                        guard requests.map({ number < $0 }) ?? (.now < end) else { return nil }
                        return request(connection, number)
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        if let failure = answers.compactMap(\.failure).first { throw BenchFailure("refused: \(failure)") }
        return Figures(
            latencies: answers.flatMap(\.latencies), seconds: started.duration(to: .now) / .seconds(1), serverCPU: plane.cpuSeconds - cpu,
            bytes: answers[0].bytes)
    }
}
