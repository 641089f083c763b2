// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Says when a failure that may come with every request is to be logged again: at most every 30 s.
final class LogPause: Sendable {
    private static let length = Duration.seconds(30)

    private let lastLogged = Mutex<Duration?>(nil)
    private let uptime: @Sendable () -> Duration

    /// - Parameter uptime: Time that only goes forward.
    init(uptime: @escaping @Sendable () -> Duration) { self.uptime = uptime }

    /// Whether to log now, which then counts as done.
    func ends() -> Bool {
        let now = uptime()
        return lastLogged.withLock { last in
            if let last, now - last < Self.length { return false }
            last = now
            return true
        }
    }
}
