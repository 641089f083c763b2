// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import HorizontalAutoscaler
import KubeModel
import ScalingRules
import Synchronization

/// Turns decisions and pods' changes into the timeline, each said once.
final class LabFeed: Sendable {
    private struct Seen {
        var unready: Set<String> = []
        /// When the unready pods were last told: a set that changes each second is one line in a while.
        var unreadyTold: Timestamp?
    }

    private let timeline: Timeline
    /// The newest decision on each autoscaler, which the controller keeps.
    private let decisions: DecisionRecord
    private let stabilization: Duration
    private let resolution: Duration
    private let samplesSeen: @Sendable (NamespacedName) -> Int
    private let seen = Mutex<[NamespacedName: Seen]>([:])

    /// - Parameter samplesSeen: How many samples of a pod the metrics server holds; two make a usage.
    init(
        timeline: Timeline, decisions: DecisionRecord, stabilization: Duration, resolution: Duration,
        samplesSeen: @escaping @Sendable (NamespacedName) -> Int
    ) {
        self.timeline = timeline
        self.decisions = decisions
        self.samplesSeen = samplesSeen
        self.stabilization = stabilization
        self.resolution = resolution
    }

    func report(_ name: NamespacedName) -> DecisionReport? { decisions.report(name) }

    // MARK: Decisions

    func observe(_ report: DecisionReport) {
        let subject = Self.subject(report.autoscaler)
        let events = seen.withLock { seen in
            var state = seen[report.autoscaler] ?? Seen()
            defer { seen[report.autoscaler] = state }
            return changes(report, subject, &state)
        }
        for event in events { timeline.emit(event) }
    }

    private func changes(_ report: DecisionReport, _ subject: String, _ state: inout Seen) -> [TimelineEvent] {
        var events: [TimelineEvent] = []
        if let rescale = report.decision.rescale {
            let reason = rescale.reason.isEmpty ? "an earlier recommendation still holds" : rescale.reason
            let text = "replicas \(rescale.from) → \(rescale.to): \(reason)\(usage(report))"
            events.append(
                TimelineEvent(
                    .scaled, subject, text,
                    values: ["from": Double(rescale.from), "to": Double(rescale.to), "utilizationPercent": Double(report.utilization ?? 0)]))
        }
        if let pods = report.pods {
            let isDue = state.unreadyTold.map { report.time - $0 >= .seconds(5) } ?? true
            if pods.unready != state.unready, isDue || pods.unready.isEmpty {
                if !pods.unready.isEmpty {
                    events.append(TimelineEvent(.podNotReady, subject, "left out as not ready: \(pods.unready.sorted().joined(separator: ", "))"))
                }
                state.unready = pods.unready
                state.unreadyTold = report.time
            }
        }
        if let reading = report.reading {
            events.append(TimelineEvent(.wait, subject, standing(report, reading)))
        } else {
            events.append(TimelineEvent(.wait, subject, "cpu <unknown>: \(unknown(report))"))
        }
        return events
    }

    /// `, cpu 135%/80%`
    private func usage(_ report: DecisionReport) -> String {
        guard let percent = report.utilization, let target = report.reading?.target.averageUtilization else { return "" }
        return " (\(percent)% of a \(target)% target)"
    }

    private func standing(_ report: DecisionReport, _ reading: MetricReading) -> String {
        var text = "\(report.scale?.specReplicas ?? 0) replicas"
        if let percent = reading.utilization, let target = reading.target.averageUtilization { text = "cpu \(percent)%/\(target)%, " + text }
        if let held = report.heldFor, held > .zero, let proposed = report.proposedReplicas, proposed < report.scale?.specReplicas ?? 0 {
            text += ", scale-down to \(proposed) held \(Timeline.minutes(stabilization - held)) of \(Timeline.minutes(stabilization))"
        }
        return text
    }

    private func unknown(_ report: DecisionReport) -> String {
        guard let pods = report.pods else {
            guard let failure = report.decision.failure, !failure.isEmpty else { return "no metrics yet" }
            return failure.contains("no metrics returned") ? nextSample(0) : failure
        }
        if !pods.unready.isEmpty { return "\(pods.unready.count) pods are not ready yet" }
        if !pods.missing.isEmpty {
            return nextSample(pods.missing.map { samplesSeen(NamespacedName(namespace: report.autoscaler.namespace, name: $0)) }.max() ?? 0)
        }
        return report.decision.failure ?? "no metrics yet"
    }

    private func nextSample(_ seen: Int) -> String { "\(seen == 0 ? "first" : "second") sample in \(max(1, resolution.components.seconds)) s" }

    // MARK: Pods

    func podChanged(_ old: KubeObject?, _ new: KubeObject?) {
        let wasReady = old?.conditionStatus("Ready") == "True"
        let isReady = new?.conditionStatus("Ready") == "True"
        if let new, isReady, !wasReady {
            timeline.emit(.podReady, "pod/\(new.name)", "ready on \(new.spec["nodeName"]?.string ?? "?")")
        } else if let new, wasReady, !isReady, !new.isBeingDeleted {
            timeline.emit(.podNotReady, "pod/\(new.name)", "no longer ready")
        }
        if let new, let waiting = Self.trouble(new), old.flatMap(Self.trouble) != waiting {
            timeline.emit(.note, "pod/\(new.name)", waiting)
        }
    }

    private static func trouble(_ pod: KubeObject) -> String? {
        for status in pod.status["containerStatuses"]?.array ?? [] {
            guard let waiting = status["state"]?["waiting"], let reason = waiting["reason"]?.string else { continue }
            if ["CrashLoopBackOff", "ErrImagePull", "ImagePullBackOff", "CreateContainerError", "CreateContainerConfigError"].contains(reason) {
                return "\(reason): \(waiting["message"]?.string ?? "")"
            }
        }
        return nil
    }

    private static func subject(_ name: NamespacedName) -> String {
        name.namespace == "default" ? "hpa/\(name.name)" : "hpa/\(name)"
    }
}
