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
        var exit: ContainerExit
        var reason: String
        var started: Timestamp
        var finished: Timestamp
        /// Of the run that ended.
        var runID = ""
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
        guard let status = pod.status["containerStatuses"]?.array?.first(where: { $0["name"]?.string == spec.name }),
            let id = status["containerID"]?.string
        else { return }
        let count = Int(clamping: max(0, min(status["restartCount"]?.int ?? 0, Int64(Int32.max))))
        let earlier = Self.lastRun(status, id: String(id.trimmingPrefix("process://")), now: now)
        let mayRunAgain = pod.restartPolicy == "Always" || (pod.restartPolicy == "OnFailure" && earlier.exit.code != 0)
        if mayRunAgain {
            restartCount = count + 1
            lastTermination = earlier
        } else {
            restartCount = count
            state = .terminated(earlier)
            runID = earlier.runID
        }
    }

    /// How the run that a status tells of ended: one that still ran then was ended together with the agent.
    private static func lastRun(_ status: JSONValue, id: String, now: Timestamp) -> Termination {
        let known = status["state"]?["terminated"] ?? (status["state"]?["running"] == nil ? status["lastState"]?["terminated"] : nil)
        guard let known else {
            let since = status["state"]?["running"]?["startedAt"]?.timestamp ?? now
            return Termination(exit: ContainerExit(code: 137, signal: 9), reason: "ContainerStatusUnknown", started: since, finished: now, runID: id)
        }
        return Termination(
            exit: ContainerExit(code: Int32(clamping: known["exitCode"]?.int ?? 137), signal: nil), reason: known["reason"]?.string ?? "Error",
            started: known["startedAt"]?.timestamp ?? now, finished: known["finishedAt"]?.timestamp ?? now, runID: id)
    }

    var isRunning: Bool { if case .running = state { true } else { false } }
    var startTime: Timestamp? { if case .running(let since) = state { since } else { nil } }
    var termination: Termination? { if case .terminated(let termination) = state { termination } else { nil } }
}
