// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Runs tasks one job after another, in the order in which they became ready.
///
/// On it `Task.yield()` lets all run that was ready before, however busy the machine is: a test that advances a `ManualClock` in steps
/// can rely on what follows from one step having happened before the next.
package final class SerialTaskExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "updraft.test.serial")

    package init() {}

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
