// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

extension TableColumns {
    static let pod = TableColumns(
        columns: [
            .name,
            TableColumn("Ready", description: "How many of the pod's containers are ready."),
            TableColumn("Status", description: "What the pod's containers are at, in one word."),
            TableColumn("Restarts", description: "How often the containers were restarted, and when last."),
            .age,
            TableColumn("IP", description: "The pod's address.", priority: 1),
            TableColumn("Node", description: "The node that the pod was assigned to.", priority: 1),
            TableColumn("Nominated Node", description: "The node that is being cleared for the pod.", priority: 1),
            TableColumn("Readiness Gates", description: "How many of the pod's extra readiness conditions hold.", priority: 1),
        ],
        cells: { pod, now in
            let summary = PodSummary(pod)
            return [
                .string(pod.name), .string("\(summary.readyContainers)/\(summary.totalContainers)"), .string(summary.reason),
                .string(summary.restartsText(now: now)), pod.age(at: now), CellText.orNone(podIP(pod)), CellText.orNone(pod.spec["nodeName"]?.string),
                CellText.orNone(pod.status["nominatedNodeName"]?.string), .string(readinessGates(pod)),
            ]
        })

    private static func podIP(_ pod: KubeObject) -> String? { pod.status["podIPs"]?.array?.first?["ip"]?.string ?? pod.status["podIP"]?.string }

    private static func readinessGates(_ pod: KubeObject) -> String {
        guard let gates = pod.spec["readinessGates"]?.array, !gates.isEmpty else { return CellText.none }
        let met = gates.count { gate in pod.hasTrueCondition(gate["conditionType"]?.string ?? "") }
        return "\(met)/\(gates.count)"
    }
}

extension KubeObject {
    func condition(_ type: String) -> JSONValue? { status["conditions"]?.array?.first { $0["type"]?.string == type } }
    func hasTrueCondition(_ type: String) -> Bool { condition(type)?["status"]?.string == "True" }
}

/// The word that `kubectl get pods` shows for a pod, and its counts.
///
/// - Source: `printPod`, kubernetes pkg/printers/internalversion/printers.go
private struct PodSummary {
    var reason: String
    var readyContainers = 0
    var totalContainers: Int
    private var restarts: Int64 = 0
    private var lastRestart: Timestamp?

    init(_ pod: KubeObject) {
        let phase = pod.status["phase"]?.string ?? ""
        reason = phase
        if let stated = pod.status["reason"]?.string, !stated.isEmpty { reason = stated }
        if pod.condition("PodScheduled")?["reason"]?.string == "SchedulingGated" { reason = "SchedulingGated" }
        totalContainers = pod.spec["containers"]?.array?.count ?? 0
        let isInitializing = readInitContainers(pod)
        if !isInitializing || pod.hasTrueCondition("Initialized") { readContainers(pod) }
        if pod.isBeingDeleted {
            if pod.status["reason"]?.string == "NodeLost" {
                reason = "Unknown"
            } else if phase != "Failed", phase != "Succeeded" {
                reason = "Terminating"
            }
        }
    }

    func restartsText(now: Timestamp) -> String {
        guard restarts != 0, let lastRestart else { return "\(restarts)" }
        return "\(restarts) (\(HumanDuration.since(lastRestart, now: now)) ago)"
    }

    /// - Returns: Whether an init container has yet to succeed.
    private mutating func readInitContainers(_ pod: KubeObject) -> Bool {
        let count = pod.spec["initContainers"]?.array?.count ?? 0
        for (index, container) in (pod.status["initContainerStatuses"]?.array ?? []).enumerated() {
            noteRestarts(container)
            let terminated = container.value(at: "state", "terminated")
            if let terminated, terminated["exitCode"]?.int ?? 0 == 0 { continue }
            let waiting = container.value(at: "state", "waiting", "reason")?.string ?? ""
            if let terminated {
                reason = "Init:" + Self.word(terminated)
            } else if !waiting.isEmpty, waiting != "PodInitializing" {
                reason = "Init:" + waiting
            } else {
                reason = "Init:\(index)/\(count)"
            }
            return true
        }
        return false
    }

    private mutating func readContainers(_ pod: KubeObject) {
        restarts = 0
        lastRestart = nil
        var hasRunning = false
        for container in (pod.status["containerStatuses"]?.array ?? []).reversed() {
            noteRestarts(container)
            let state = container["state"]
            if let waiting = state?.value(at: "waiting", "reason")?.string, !waiting.isEmpty {
                reason = waiting
            } else if let terminated = state?["terminated"], terminated.object != nil {
                reason = Self.word(terminated)
            } else if container["ready"]?.bool ?? false, state?["running"]?.object != nil {
                hasRunning = true
                readyContainers += 1
            }
        }
        if reason == "Completed", hasRunning { reason = pod.hasTrueCondition("Ready") ? "Running" : "NotReady" }
    }

    private mutating func noteRestarts(_ container: JSONValue) {
        restarts &+= container["restartCount"]?.int ?? 0
        guard let finished = container.value(at: "lastState", "terminated", "finishedAt")?.timestamp else { return }
        lastRestart = max(lastRestart ?? finished, finished)
    }

    private static func word(_ terminated: JSONValue) -> String {
        if let reason = terminated["reason"]?.string, !reason.isEmpty { return reason }
        let signal = terminated["signal"]?.int ?? 0
        return signal != 0 ? "Signal:\(signal)" : "ExitCode:\(terminated["exitCode"]?.int ?? 0)"
    }
}
