// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import KubeModel

/// What the process host's thread does, until it is told to stop: waits for requests, output and ends.
final class ProcessLoop {
    private final class Child {
        let number: Int32
        let log: ContainerLog
        let exit: AsyncStream<ContainerExit>.Continuation
        let handle: Int32
        /// Read ends of its output; empty once every writer has closed them.
        var pipes: [Int32: ContainerLog.Stream]

        init(number: Int32, log: ContainerLog, exit: AsyncStream<ContainerExit>.Continuation, handle: Int32, pipes: [Int32: ContainerLog.Stream]) {
            self.number = number
            self.log = log
            self.exit = exit
            self.handle = handle
            self.pipes = pipes
        }
    }

    private let wakeup: Int32
    private let now: @Sendable () -> Timestamp
    /// By the descriptors that are waited on.
    private var children: [Int32: Child] = [:] {
        didSet { watched = nil }
    }
    /// The same for the kernel; nil where it is to be made anew.
    private var watched: [pollfd]?
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    init(wakeup: Int32, now: @escaping @Sendable () -> Timestamp) {
        self.wakeup = wakeup
        self.now = now
    }

    func run(_ takeRequests: () -> [@Sendable (ProcessLoop) -> Void]?) {
        while true {
            var events = watched ?? ([wakeup] + children.keys).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            watched = events
            guard poll(&events, nfds_t(events.count), -1) >= 0 || errno == EINTR else { break }
            for event in events.dropFirst() where event.revents != 0 { handle(event.fd) }
            guard events[0].revents != 0 else { continue }
            _ = buffer.withUnsafeMutableBytes { read(wakeup, $0.baseAddress, $0.count) }
            guard let requests = takeRequests() else { break }
            for request in requests { request(self) }
        }
        end()
    }

    // MARK: Starting

    func start(_ launch: ProcessLaunch, logPath: String) -> Result<RunningProcess, NodeAgentError> {
        do {
            let log = try ContainerLog(path: logPath, now: now)
            let (output, errors) = (try Pipe(), try Pipe())
            defer {
                close(output.writing)
                close(errors.writing)
            }
            let number: Int32
            do throws(ProcessLaunch.Failure) {
                number = try launch.start(output: output.writing, error: errors.writing)
            } catch {
                close(output.reading)
                close(errors.reading)
                throw NodeAgentError(error.step == nil ? .launch : .volume, "\(error)")
            }
            return .success(keep(number, log, output, errors))
        } catch {
            return .failure(error as? NodeAgentError ?? NodeAgentError(.launch, "\(error)"))
        }
    }

    private func keep(_ number: Int32, _ log: ContainerLog, _ output: Pipe, _ error: Pipe) -> RunningProcess {
        let (exits, exit) = AsyncStream<ContainerExit>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let handle = updraft_pidfd_open(number)
        let child = Child(number: number, log: log, exit: exit, handle: handle, pipes: [output.reading: .stdout, error.reading: .stderr])
        for descriptor in [handle, output.reading, error.reading] {
            children[descriptor] = child
        }
        return RunningProcess(number: number, exit: exits)
    }

    private struct Pipe {
        let reading: Int32
        let writing: Int32

        init() throws(NodeAgentError) {
            var ends: [Int32] = [0, 0]
            guard updraft_pipe(&ends) == 0 else { throw NodeAgentError(.launch, "cannot make a pipe: \(String(cString: strerror(errno)))") }
            (reading, writing) = (ends[0], ends[1])
        }
    }

    // MARK: Running

    private func handle(_ descriptor: Int32) {
        guard let child = children[descriptor] else { return }
        if descriptor == child.handle { reap(child) } else { copy(descriptor, child, atMost: 1) }
    }

    /// Output to the log: as much as there is, in `atMost` reads, so that no container keeps the others waiting.
    private func copy(_ descriptor: Int32, _ child: Child, atMost reads: Int) {
        guard let stream = child.pipes[descriptor] else { return }
        for _ in 0..<reads {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                child.log.append(buffer[..<count], stream)
            } else {
                if count == 0 || (errno != EAGAIN && errno != EINTR) { forget(descriptor, child) }
                return
            }
        }
    }

    private func forget(_ descriptor: Int32, _ child: Child) {
        child.pipes[descriptor] = nil
        children[descriptor] = nil
        close(descriptor)
        if child.pipes.isEmpty, children[child.handle] !== child { child.log.close() }
    }

    private func reap(_ child: Child) {
        var status: Int32 = 0
        guard waitpid(child.number, &status, WNOHANG) == child.number else { return }
        children[child.handle] = nil
        close(child.handle)
        // A pipe holds 64 KiB; what a child of its own still writes after is read as it comes.
        for descriptor in child.pipes.keys { copy(descriptor, child, atMost: 4) }
        if child.pipes.isEmpty { child.log.close() }
        let signal = status & 0x7F
        child.exit.yield(signal == 0 ? ContainerExit(code: status >> 8 & 0xFF, signal: nil) : ContainerExit(code: 128 + signal, signal: signal))
        child.exit.finish()
    }

    // MARK: The end

    /// The kernel ends the programs with this thread; who waits for one is let go.
    private func end() {
        for (descriptor, child) in children {
            if descriptor == child.handle {
                kill(-child.number, SIGKILL)
                kill(child.number, SIGKILL)
                var status: Int32 = 0
                _ = waitpid(child.number, &status, 0)
                child.exit.finish()
                child.log.close()
            }
            close(descriptor)
        }
        close(wakeup)
    }
}
