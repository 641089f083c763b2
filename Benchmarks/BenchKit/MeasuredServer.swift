// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOSSL

/// A server that is measured from outside: its process, and how it is asked.
package struct MeasuredServer: Sendable {
    package let process: BenchProcess
    package let port: Int
    /// nil for plain HTTP.
    package let tls: NIOSSLContext?

    package init(process: BenchProcess, port: Int, tls: NIOSSLContext?) {
        self.process = process
        self.port = port
        self.tls = tls
    }

    package var cpuSeconds: Double { ProcessFigures.cpuSeconds(of: process.identifier) }
    package var residentMiB: Int { ProcessFigures.residentMiB(of: process.identifier) }

    /// nil where there is no answer.
    package func get(_ path: String) async -> LoadConnection.Answers? {
        let answers = try? await LoadConnection.run(port: port, tls: tls, keepsBody: true) { $0 == 0 ? .init(path: path) : nil }
        return answers?.failure == nil ? answers : nil
    }

    package func measure(_ path: String, accept: String = "application/json", requests: Int) async throws -> Figures {
        try await measure(Array(repeating: path, count: requests), accept: accept)
    }

    /// Each once, one after another on each of so many connections.
    package func measure(_ paths: [String], accept: String = "application/json", connections: Int = 1) async throws -> Figures {
        let (cpu, started) = (cpuSeconds, ContinuousClock.now)
        let answers = try await withThrowingTaskGroup(of: LoadConnection.Answers.self) { group in
            for first in 0..<connections {
                let share = stride(from: first, to: paths.count, by: connections).map { paths[$0] }
                group.addTask {
                    try await LoadConnection.run(port: port, tls: tls) { $0 < share.count ? .init(path: share[$0], accept: accept) : nil }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        if let failure = answers.compactMap(\.failure).first { throw BenchFailure("\(paths[0].prefix(120)): \(failure)") }
        return Figures(
            latencies: answers.flatMap(\.latencies), seconds: started.duration(to: .now) / .seconds(1), serverCPU: cpuSeconds - cpu,
            bytes: answers.first?.bytes ?? 0)
    }
}
