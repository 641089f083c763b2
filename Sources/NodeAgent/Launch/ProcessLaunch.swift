// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// A program to start, with all that is around it.
struct ProcessLaunch: Sendable {
    /// Absolute.
    var executable: String
    /// The first is the program's own name.
    var arguments: [String]
    var environment: [String]
    var steps: [LaunchStep]

    struct Failure: Error, CustomStringConvertible {
        /// nil where it was the program itself that could not be started.
        var step: LaunchStep?
        var code: Int32
        var executable: String

        var description: String {
            let reason = String(cString: strerror(code))
            guard let step else { return "cannot start \(executable): \(reason)" }
            return "\(step.purpose): \(reason)"
        }
    }

    /// Starts it; the process dies with the calling thread, which therefore must be one that stays.
    ///
    /// By fork and exec of our own: work between the two (cgroups, mounts, the parent's death signal) has no place in
    /// posix_spawn, and a launcher program between would cost its own start-up for each container.
    func start(output: Int32, error: Int32) throws(Failure) -> pid_t {
        var arena = CTextArena()
        var lowered: [updraft_step] = []
        for step in steps { lowered.append(step.lowered(into: &arena)) }
        let path = arena.copy(executable)
        let argumentVector = arena.vector(arguments)
        let environmentVector = arena.vector(environment)
        var failedStep: Int32 = -1
        var code: Int32 = 0
        let pid = lowered.withUnsafeBufferPointer { steps in
            argumentVector.withUnsafeBufferPointer { arguments in
                environmentVector.withUnsafeBufferPointer { environment in
                    var launch = updraft_launch(
                        path: path, arguments: arguments.baseAddress, environment: environment.baseAddress, steps: steps.baseAddress,
                        step_count: steps.count, output: output, error: error)
                    let pid = updraft_launch_process(&launch, &failedStep)
                    code = errno
                    return pid
                }
            }
        }
        guard pid < 0 else { return pid }
        throw Failure(step: steps.indices.contains(Int(failedStep)) ? steps[Int(failedStep)] : nil, code: code, executable: executable)
    }
}
