// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The `Progressing` and `ReplicaFailure` conditions of a Deployment.
///
/// - Source: kubernetes pkg/controller/deployment/progress.go
enum RolloutProgress {
    static let type = "Progressing"

    enum Reason {
        static let created = "NewReplicaSetCreated"
        static let found = "FoundNewReplicaSet"
        static let creationFailed = "ReplicaSetCreateError"
        static let updated = "ReplicaSetUpdated"
        static let complete = "NewReplicaSetAvailable"
        static let timedOut = "ProgressDeadlineExceeded"
        static let paused = "DeploymentPaused"
        static let resumed = "DeploymentResumed"
    }

    /// Brings the conditions of `status` up to date.
    /// - Parameter old: The status as it was, to see whether anything moved.
    static func judge(
        _ status: inout DeploymentStatus, old: DeploymentStatus, _ deployment: Deployment, new: ReplicaSet?, all: [ReplicaSet], now: Timestamp
    ) {
        if deployment.progressDeadline == nil {
            status.remove(type)
        } else if !(status.replicas == status.updated && status.condition(type)?.reason == Reason.complete) {
            judgeProgress(&status, old: old, deployment, new: new, now: now)
        }
        let failures = (new.map { [$0] } ?? []) + all
        if let failure = failures.lazy.compactMap({ $0.object.condition("ReplicaFailure") }).first {
            status.set("ReplicaFailure", failure["status"]?.string ?? "", failure["reason"]?.string ?? "", failure["message"]?.string ?? "", now)
        } else {
            status.remove("ReplicaFailure")
        }
    }

    private static func judgeProgress(
        _ status: inout DeploymentStatus, old: DeploymentStatus, _ deployment: Deployment, new: ReplicaSet?, now: Timestamp
    ) {
        let subject = new.map { "ReplicaSet \"\($0.name)\"" } ?? "Deployment \"\(deployment.name)\""
        if status.isComplete(deployment) {
            status.set(type, "True", Reason.complete, "\(subject) has successfully progressed.", now)
        } else if status.hasProgressed(since: old) {
            // Written even where only its time differs: the deadline counts from the last progress.
            let current = status.condition(type)
            status.replace(
                DeploymentStatus.Condition(
                    type: type, status: "True", reason: Reason.updated, message: "\(subject) is progressing.", lastUpdate: now,
                    lastTransition: current?.status == "True" ? current?.lastTransition ?? now : now))
        } else if isTimedOut(status, deployment, now: now) {
            status.set(type, "False", Reason.timedOut, "\(subject) has timed out progressing.", now)
        }
    }

    private static func isTimedOut(_ status: DeploymentStatus, _ deployment: Deployment, now: Timestamp) -> Bool {
        guard let condition = status.condition(type), let deadline = deployment.progressDeadline, condition.reason != Reason.complete else {
            return false
        }
        return condition.reason == Reason.timedOut || condition.lastUpdate + deadline < now
    }

    /// Pausing stops the clock of the deadline.
    static func judgePause(_ status: inout DeploymentStatus, _ deployment: Deployment, now: Timestamp) {
        guard deployment.progressDeadline != nil, status.condition(type)?.reason != Reason.timedOut else { return }
        let wasPaused = status.condition(type)?.reason == Reason.paused
        if deployment.isPaused, !wasPaused {
            status.set(type, "Unknown", Reason.paused, "Deployment is paused", now)
        } else if !deployment.isPaused, wasPaused {
            status.set(type, "Unknown", Reason.resumed, "Deployment is resumed", now)
        }
    }

    /// When to look whether the deadline has passed; nil where none runs.
    static func wait(_ status: DeploymentStatus, _ deployment: Deployment, now: Timestamp) -> Duration? {
        guard let deadline = deployment.progressDeadline, let condition = status.condition(type), !status.isComplete(deployment) else { return nil }
        guard condition.reason != Reason.complete, condition.reason != Reason.timedOut, condition.reason != Reason.paused else { return nil }
        // A second later, since the times in objects are whole seconds.
        return max(.seconds(1), condition.lastUpdate + deadline - now + .seconds(1))
    }
}
