// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// One container of a pod, as it stands.
struct ContainerRun: Sendable {
    enum State: Sendable, Hashable {
        /// Not begun, held up, or between two runs. Becomes `running`.
        case waiting(reason: String, message: String)
        /// Becomes `terminated`.
        case running(since: Timestamp)
        /// Becomes `waiting` if it is to run again.
        case terminated(Termination)
    }

    struct Termination: Sendable, Hashable {
        var exit: ExitStatus
        var reason: String
        var started: Timestamp
        var finished: Timestamp
    }

    let spec: ContainerSpec
    let isInit: Bool
    var state: State = .waiting(reason: "ContainerCreating", message: "")
    var lastTermination: Termination?
    var restartCount = 0
    var isReady = false
    var isStarted = false
    /// The process, and its process group's number, while it runs.
    var process: Int32?
    var group: (any ResourceGroup)?
    /// Distinguishes the runs of a container.
    var runID = ""

    init(spec: ContainerSpec, isInit: Bool) {
        self.spec = spec
        self.isInit = isInit
    }

    /// One that an earlier run of the agent may have had already: then what runs next is a restart.
    init(spec: ContainerSpec, resuming pod: KubeObject, now: Timestamp) {
        self.init(spec: spec, isInit: false)
        guard let status = pod.status["containerStatuses"]?.array?.first(where: { $0["name"]?.string == spec.name }), status["containerID"] != nil else { return }
        restartCount = Int(clamping: status["restartCount"]?.int ?? 0) + 1
        let since = status["state"]?["running"]?["startedAt"]?.timestamp ?? now
        lastTermination = Termination(exit: ExitStatus(code: 137, signal: 9), reason: "Unknown", started: since, finished: now)
    }

    var isRunning: Bool { if case .running = state { true } else { false } }
    var startTime: Timestamp? { if case .running(let since) = state { since } else { nil } }
    var termination: Termination? { if case .terminated(let termination) = state { termination } else { nil } }
}
