// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a pod's status says, from the state of its containers. Pure.
///
/// - Source: `getPhase`, `GenerateContainersReadyCondition`, kubernetes pkg/kubelet/kubelet_pods.go and status/generate.go
struct PodStatusBuilder: Sendable {
    var pod: KubeObject
    var podIP: String?
    var hostIP: String
    var startTime: Timestamp
    var initContainers: [ContainerRun]
    var containers: [ContainerRun]
    var now: Timestamp

    /// The whole `status`; condition times of `previous` stay where the condition does.
    func status(previous: JSONValue) -> JSONValue {
        var status: JSONObject = [
            "phase": .string(phase), "hostIP": .string(hostIP), "hostIPs": [["ip": .string(hostIP)]], "startTime": .string(startTime.description),
            "qosClass": .string(qualityOfService), "containerStatuses": .array(containers.map(containerStatus)),
            "conditions": .array(conditions(previous["conditions"]?.array ?? [])),
        ]
        if let podIP {
            status["podIP"] = .string(podIP)
            status["podIPs"] = [["ip": .string(podIP)]]
        }
        if !initContainers.isEmpty { status["initContainerStatuses"] = .array(initContainers.map(containerStatus)) }
        return .object(status)
    }

    var isReady: Bool { phase == "Running" && containers.allSatisfy(\.isReady) }

    private var isInitialized: Bool { initContainers.allSatisfy { $0.termination?.exit.code == 0 } }

    var phase: String {
        let policy = pod.restartPolicy
        if !isInitialized {
            let hasFailed = initContainers.contains { ($0.termination?.exit.code ?? 0) != 0 }
            return hasFailed && policy == "Never" ? "Failed" : "Pending"
        }
        if containers.contains(where: \.isRunning) { return "Running" }
        let terminations = containers.compactMap(\.termination)
        if terminations.count == containers.count, policy != "Always" {
            let hasFailed = terminations.contains { $0.exit.code != 0 }
            if !hasFailed { return "Succeeded" }
            if policy == "Never" { return "Failed" }
        }
        return containers.contains { $0.lastTermination != nil || $0.termination != nil } ? "Running" : "Pending"
    }

    private func conditions(_ previous: [JSONValue]) -> [JSONValue] {
        let unready = containers.filter { !$0.isReady }.map(\.spec.name)
        let isFinished = phase == "Succeeded" || phase == "Failed"
        let why: (String, String)? =
            if unready.isEmpty { nil } else if isFinished {
                ("PodCompleted", "")
            } else {
                ("ContainersNotReady", "containers with unready status: [\(unready.joined(separator: " "))]")
            }
        let incomplete = initContainers.filter { $0.termination?.exit.code != 0 }.map(\.spec.name)
        let conditions: [(String, Bool, (String, String)?)] = [
            ("PodReadyToStartContainers", podIP != nil, nil),
            (
                "Initialized", isInitialized,
                isInitialized ? nil : ("ContainersNotInitialized", "containers with incomplete status: [\(incomplete.joined(separator: " "))]")
            ),
            ("Ready", isReady, why), ("ContainersReady", isReady, why), ("PodScheduled", true, nil),
        ]
        return conditions.map { type, holds, why in
            let status = holds ? "True" : "False"
            let known = previous.first { $0["type"]?.string == type }
            let since = known?["status"]?.string == status ? known?["lastTransitionTime"]?.string : nil
            var condition: JSONObject = ["type": .string(type), "status": .string(status), "lastTransitionTime": .string(since ?? now.description)]
            if let why {
                condition["reason"] = .string(why.0)
                if !why.1.isEmpty { condition["message"] = .string(why.1) }
            }
            return .object(condition)
        }
    }

    private func containerStatus(_ run: ContainerRun) -> JSONValue {
        var status: JSONObject = [
            "name": .string(run.spec.name), "image": .string(run.spec.image), "imageID": "", "ready": .bool(run.isReady),
            "started": .bool(run.isStarted),
            "restartCount": .integer(Int64(run.restartCount)), "state": state(run), "lastState": [:],
        ]
        if !run.runID.isEmpty { status["containerID"] = .string("process://\(run.runID)") }
        if let last = run.lastTermination { status["lastState"] = ["terminated": terminated(last)] }
        return .object(status)
    }

    private func state(_ run: ContainerRun) -> JSONValue {
        switch run.state {
        case .waiting(let reason, let message):
            var waiting: JSONObject = ["reason": .string(reason)]
            if !message.isEmpty { waiting["message"] = .string(message) }
            return ["waiting": .object(waiting)]
        case .running(let since): return ["running": ["startedAt": .string(since.description)]]
        case .terminated(let termination): return ["terminated": terminated(termination)]
        }
    }

    private func terminated(_ termination: ContainerRun.Termination) -> JSONValue {
        var json: JSONObject = [
            "exitCode": .integer(Int64(termination.exit.code)), "reason": .string(termination.reason),
            "startedAt": .string(termination.started.description),
            "finishedAt": .string(termination.finished.description),
        ]
        if !termination.runID.isEmpty { json["containerID"] = .string("process://\(termination.runID)") }
        return .object(json)
    }

    /// - Source: `GetPodQOS`, kubernetes pkg/apis/core/v1/helper/qos/qos.go
    private var qualityOfService: String {
        let all = (pod.initContainers + pod.containers)
        var hasAny = false
        var isGuaranteed = true
        for container in all {
            for resource in ["cpu", "memory"] {
                let limit = container.resource("limits", resource)
                let request = container.resource("requests", resource)
                if limit != nil || request != nil { hasAny = true }
                if limit == nil || (request ?? limit) != limit { isGuaranteed = false }
            }
        }
        return !hasAny ? "BestEffort" : isGuaranteed ? "Guaranteed" : "Burstable"
    }
}
