// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CLinux
import Foundation
import Glibc
import KubeModel
import Synchronization

/// How a container's program ended.
struct ContainerExit: Sendable, Hashable {
    /// As a shell tells it: 128 and the signal where one ended it.
    var code: Int32
    var signal: Int32?
}

/// A program that runs.
struct RunningProcess: Sendable {
    /// Also the number of its process group and session.
    var number: Int32
    private let exit: AsyncStream<ContainerExit>

    init(number: Int32, exit: AsyncStream<ContainerExit>) {
        self.number = number
        self.exit = exit
    }

    /// How it ended, once it has, with all it printed in its log; nil where the host stopped before.
    func waitForExit() async -> ContainerExit? {
        for await status in exit { return status }
        return nil
    }
}

/// Starts containers' programs, writes their logs and tells when they end: all on one thread of its own.
///
/// The kernel kills what a thread has started when the thread ends, so a program never outlives this one, however it ends;
/// the concurrency pool's threads come and go, and cannot be the parents.
final class ProcessHost: Sendable {
    private struct Request: Sendable {
        var launch: ProcessLaunch
        var logPath: String
        var answer: CheckedContinuation<Result<RunningProcess, NodeAgentError>, Never>
    }

    private struct State {
        var requests: [Request] = []
        var isStopped = false
        /// The writing end of a pipe that the thread waits on; nil before there is one.
        var wakeup: Int32?
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Timestamp

    /// The thread begins with the first program.
    init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    private static func startThread(_ host: ProcessHost) -> Int32? {
        var ends: [Int32] = [-1, -1]
        guard updraft_pipe(&ends) == 0 else { return nil }
        let waiting = ends[0]
        let thread = Thread { ProcessLoop(wakeup: waiting, now: host.now).run { host.takeRequests() } }
        thread.name = "processes"
        thread.start()
        return ends[1]
    }

    /// - Throws: `NodeAgentError` saying which step failed.
    func start(_ launch: ProcessLaunch, log: String) async throws(NodeAgentError) -> RunningProcess {
        try await withCheckedContinuation { continuation in
            let isTaken = state.withLock { state in
                if !state.isStopped, state.wakeup == nil { state.wakeup = Self.startThread(self) }
                guard !state.isStopped, state.wakeup != nil else { return false }
                state.requests.append(Request(launch: launch, logPath: log, answer: continuation))
                return true
            }
            if isTaken { wake() } else { continuation.resume(returning: .failure(Self.stopped)) }
        }.get()
    }

    /// Ends the thread, and with it every program that still runs.
    func stop() {
        state.withLock { $0.isStopped = true }
        wake()
    }

    private static let stopped = NodeAgentError(.launch, "the node is stopping")

    private func wake() {
        state.withLock { state in
            guard let wakeup = state.wakeup else { return }
            var one: UInt8 = 1
            _ = write(wakeup, &one, 1)
        }
    }

    /// nil once stopped.
    private func takeRequests() -> [@Sendable (ProcessLoop) -> Void]? {
        let (requests, isStopped) = state.withLock { state in
            defer { state.requests = [] }
            return (state.requests, state.isStopped)
        }
        guard !isStopped else {
            state.withLock { state in
                if let wakeup = state.wakeup { close(wakeup) }
                state.wakeup = nil
            }
            for request in requests { request.answer.resume(returning: .failure(Self.stopped)) }
            return nil
        }
        return requests.map { request in
            { loop in request.answer.resume(returning: loop.start(request.launch, logPath: request.logPath)) }
        }
    }
}
