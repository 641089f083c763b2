// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Prometheus' own judgement of its files.
package enum Promtool {
    /// Where it is, by `PATH`; nil where there is none: a failure in CI, and loudly said elsewhere.
    /// - Parameter fail: Records an issue of the running test.
    package static func find(orFail fail: (String) -> Void) -> String? {
        let environment = ProcessInfo.processInfo.environment
        let folders = (environment["PATH"] ?? "/usr/bin").split(separator: ":")
        if let path = folders.map({ "\($0)/promtool" }).first(where: FileManager.default.isExecutableFile) { return path }
        let message = "SKIPPED, NOT TESTED: promtool is missing; get it with: apt-get install prometheus"
        if environment["CI"] != nil { fail(message) } else { print(message) }
        return nil
    }
}
