// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel

/// Waits until a lab can be used: its nodes are Ready and its metrics API answers, or says why it does not.
struct LabReadiness: Sendable {
    let lab: RunningLab
    let nodes: Int
    let registration: MetricsServerRegistration
    /// False where the metrics API is left to the user.
    let hasMetricsServer: Bool
    let timeline: Timeline

    /// A metrics API that refuses its own front proxy will not mend itself; the lab is then usable without it.
    static let metricsPatience = Duration.seconds(10)

    func wait() async throws {
        guard hasMetricsServer else {
            try await registration.withdraw(lab.client)
            return try await waitForNodes()
        }
        try await registration.apply(lab.client)
        try await waitForNodes()
        let deadline = ContinuousClock.now + Self.metricsPatience
        timeline.emit(.wait, "", "metrics.k8s.io: waiting for its first availability check")
        while true {
            let service = try await lab.client.get(.apiServices, name: MetricsServerRegistration.apiServiceName)
            if service.conditionStatus("Available") == "True" { break }
            guard registration.isOurs(service) else {
                let other = service.spec["service"]
                timeline.emit(
                    .note, "",
                    "metrics.k8s.io is served by \(other?["namespace"]?.string ?? "")/\(other?["name"]?.string ?? ""), as somebody registered it")
                break
            }
            guard ContinuousClock.now < deadline else {
                timeline.emit(.note, "", "metrics.k8s.io is not available: \(service.conditionMessage("Available"))")
                break
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        timeline.endWait("")
    }

    private func waitForNodes() async throws {
        while true {
            let ready = try await lab.client.list(.nodes).items.filter { $0.conditionStatus("Ready") == "True" }
            if ready.count >= nodes { return }
            timeline.emit(.wait, "", "\(ready.count) of \(nodes) nodes are ready")
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
