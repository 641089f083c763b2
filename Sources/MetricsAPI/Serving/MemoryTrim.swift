// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CLinux
import Synchronization

/// Gives the memory of long answers back to the system, which the allocator would keep for good.
final class MemoryTrim: Sendable {
    /// It looks through all memory, so it is not for every answer.
    private static let pause = Duration.seconds(60)

    private let last = Mutex<ContinuousClock.Instant?>(nil)

    /// After a long answer.
    func trim() {
        let isDue = last.withLock { last in
            let now = ContinuousClock.now
            if let last, now - last < Self.pause { return false }
            last = now
            return true
        }
        if isDue { updraft_trim_memory() }
    }
}
