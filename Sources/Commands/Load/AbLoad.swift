// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Subprocess
import Synchronization

/// Load by the real `ab` (ApacheBench), as the guides use it, with its number of requests and its time bounded.
package struct AbLoad: LoadDriver {
    package let name = "ab"
    private let executable = Executable.name("ab")

    package init() {}

    /// Whether there is an `ab` on `PATH`.
    package func isInstalled() async -> Bool { (try? await executable.resolveExecutablePath(in: .inherit)) != nil }

    package func run(_ plan: LoadPlan, progress: @escaping @Sendable (LoadProgress) -> Void) async throws -> LoadReport {
        try plan.check()
        try FileLimit.raise(toAtLeast: plan.concurrency + 256)
        let interruption = Interruption()
        // A task of its own, since cancelling the one that runs a process kills it: ab has to report first, on SIGINT.
        let task = Task { try await execute(plan, interruption, progress) }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            interruption.interrupt()
        }
    }

    private func execute(_ plan: LoadPlan, _ interruption: Interruption, _ progress: @escaping @Sendable (LoadProgress) -> Void) async throws
        -> LoadReport
    {
        let started = ContinuousClock.now
        var options = PlatformOptions()
        options.processGroupID = 0  // Ctrl-C on our terminal comes to ab through us only
        let result = try await Subprocess.run(
            executable, arguments: Arguments(Self.arguments(plan)), platformOptions: options, input: .none, output: .string(limit: 1 << 20),
            error: .sequence
        ) { execution in
            interruption.begin { try? execution.send(signal: .interrupt) }
            defer { interruption.end() }
            var complaint = ""
            for try await line in execution.standardError.strings() {
                if let requests = Self.completed(line) {
                    progress(LoadProgress(elapsed: started.duration(to: .now), requests: requests, failures: 0, latency: nil))
                } else if !line.isEmpty, !line.hasPrefix("Finished") {
                    complaint = String(line.prefix(500))
                }
            }
            return complaint
        }
        if let report = AbReport(result.standardOutput) {
            // With -r it counts refused connections as requests and goes on.
            guard !report.isUnanswered else {
                throw LoadError(.unreachable, "\(plan.target): none of \(report.complete) requests got an answer; does anything listen there?")
            }
            return report.report(plan)
        }
        guard !interruption.wasInterrupted else {
            return LoadReport(
                driver: name, target: plan.target, concurrency: plan.concurrency, requests: 0, failures: [:], elapsed: started.duration(to: .now),
                bytes: 0,
                latency: nil)
        }
        throw LoadError(
            .unreachable, "ab could not load \(plan.target): \(result.closureResult.isEmpty ? "\(result.terminationStatus)" : result.closureResult)")
    }

    /// -t before -n, since -t alone means 50,000 requests; -r goes on after a broken connection; -l takes answers of
    /// different lengths, which different pods give.
    static func arguments(_ plan: LoadPlan) -> [String] {
        let seconds = max(1, Int(plan.duration.components.seconds))
        let timeout = max(1, Int(plan.requestTimeout.components.seconds))
        return ["-t", "\(seconds)", "-n", "\(plan.maximumRequests)", "-c", "\(plan.concurrency)", "-s", "\(timeout)", "-r", "-l"]
            + (plan.keepsAlive ? ["-k"] : []) + [plan.target.description]
    }

    /// The number in ab's "Completed 1000 requests".
    private static func completed(_ line: String) -> Int? {
        let words = line.split(separator: " ")
        return words.count == 3 && words[0] == "Completed" && words[2].hasPrefix("requests") ? Int(words[1]) : nil
    }
}

/// Asks a process to come to its end, now or as soon as it has begun.
private final class Interruption: Sendable {
    private struct State {
        var wasInterrupted = false
        var send: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var wasInterrupted: Bool { state.withLock { $0.wasInterrupted } }

    func begin(_ send: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            state.send = send
            return state.wasInterrupted
        }
        if isLate { send() }
    }

    func interrupt() {
        let send = state.withLock { state in
            state.wasInterrupted = true
            return state.send
        }
        send?()
    }

    func end() { state.withLock { $0.send = nil } }
}
