// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import NodeAgent
import Podinfo

/// What this program runs as for its own sake: a pod's launcher, the sample workload, a lab in the background. They take another
/// program's command line, so no argument parser stands before them.
enum HiddenCommands {
    static let ownSession = "--own-session"

    /// nil where `arguments` are a user's.
    static func runDirectly(_ arguments: [String]) async -> Int32? {
        switch arguments.first {
        case "podinfo": await PodinfoServer.run(arguments: Array(arguments.dropFirst()))
        case "pod-launcher": PodLauncher.main(arguments: Array(arguments.dropFirst()))
        default: nil
        }
    }
}
