// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Podinfo

/// What this program runs as for its own sake: the sample workload, a lab in the background. It takes another program's
/// command line, so no argument parser stands before it.
enum HiddenCommands {
    static let ownSession = "--own-session"

    /// nil where `arguments` are a user's.
    static func runDirectly(_ arguments: [String]) async -> Int32? {
        switch arguments.first {
        case "podinfo": await PodinfoServer.run(arguments: Array(arguments.dropFirst()))
        default: nil
        }
    }
}
