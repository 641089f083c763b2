// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Where log lines go.
package struct LogSink: Sendable {
    /// Whether a person reads along who likes colours.
    package var isColored: Bool
    /// Takes one line with its line feed; called from any thread.
    package var write: @Sendable (String) -> Void

    package init(isColored: Bool = false, write: @escaping @Sendable (String) -> Void) {
        self.isColored = isColored
        self.write = write
    }

    /// Standard error; coloured on a terminal, unless `environment` has `NO_COLOR` or a dumb terminal.
    package static func standardError(environment: [String: String]) -> LogSink {
        let isPlain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false || environment["TERM"] == "dumb"
        return LogSink(isColored: isatty(STDERR_FILENO) == 1 && !isPlain, write: descriptor(STDERR_FILENO))
    }

    /// Appends to an open file; lines of several threads don't mix.
    package static func file(_ descriptor: CInt) -> LogSink { LogSink(write: Self.descriptor(descriptor)) }

    private static func descriptor(_ descriptor: CInt) -> @Sendable (String) -> Void {
        let lock = LineLock()
        return { line in lock.withLock { writeAll(line, to: descriptor) } }
    }

    private final class LineLock: Sendable {
        private let mutex = Mutex(())
        func withLock(_ body: () -> Void) { mutex.withLock { _ in body() } }
    }

    /// A log that cannot be written is lost: there is nowhere to say so.
    private static func writeAll(_ line: String, to descriptor: CInt) {
        var line = line
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if count == 0 || errno == EAGAIN {
                    // A terminal shared with a program that made it non-blocking.
                    var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    guard poll(&poller, 1, 1000) > 0 else { return }
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
