// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// How much a store remembers beyond its objects.
package struct StoreLimits: Sendable {
    /// Events kept for watches that resume; older ones are forgotten as new ones come.
    package var historyCapacity: Int
    /// What those events may hold of states that are superseded, in bytes of JSON (in memory it is a multiple); the last event is
    /// kept in any case.
    package var historyBytes: Int
    /// How many events a watch may be behind before it ends with `.compacted`.
    package var watchCapacity: Int

    package init(historyCapacity: Int = 10_000, historyBytes: Int = 64 << 20, watchCapacity: Int = 4096) {
        self.historyCapacity = historyCapacity
        self.historyBytes = historyBytes
        self.watchCapacity = watchCapacity
    }
}
