// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How many files and connections this process, and those that it starts, may have open.
enum FileLimit {
    /// Raises the soft limit as far as the hard one allows.
    /// - Throws: `.usage`, where that is less than `needed`.
    static func raise(toAtLeast needed: Int) throws(LoadError) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(needed) else { return }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(needed))
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur >= rlim_t(needed) else {
            throw LoadError(
                .usage, "\(needed) open files are needed and \(limit.rlim_max) allowed: use fewer connections, or `ulimit -Hn \(needed)` as root")
        }
    }
}
