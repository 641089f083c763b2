// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import ScalingRules

@Suite("An explanation")
struct ExplanationTests {
    private func explanation(
        _ spec: AutoscalerSpec, _ observation: Observation, _ history: ScalingHistory = DecideTests.begun
    ) -> Explanation {
        explain(spec, observation, decide(spec, observation, history, at: DecideTests.now), at: DecideTests.now)
    }

    @Test("shows each pod with what it uses and requests, and why it does not count")
    func pods() throws {
        var observation = DecideTests.observation(replicas: 5, usesMilli: [160, nil, 160, 160, 160])
        var pods = try observation.pods.get()
        pods[2].isBeingDeleted = true
        pods[3].phase = "Pending"
        pods[4].startTime = DecideTests.now - .seconds(10)
        pods[4].ready = .init(status: "False", lastTransitionTime: DecideTests.now - .seconds(5))
        observation.pods = .success(pods)
        let shown = try #require(explanation(DecideTests.spec([DecideTests.cpu(80)]), observation).metrics.first?.pods)
        #expect(shown.map(\.standing) == [.counted, .missing, .ignored, .unready, .unready])
        #expect(shown[0].value?.description == "160m" && shown[0].request?.description == "100m" && shown[0].why.isEmpty)
        #expect(shown[1].value == nil)
        #expect(shown[2].why == "is being deleted")
        #expect(shown[3].why == "has not started")
        #expect(shown[4].why == "is not ready, and started only 10s ago, of 5m0s")
    }

    @Test("tells each limit that changed what the metrics ask for, in order")
    func adjustments() {
        var history = DecideTests.begun
        history.recommendations = [.init(replicas: 6, time: DecideTests.now - .seconds(60))]
        let held = explanation(
            DecideTests.spec([DecideTests.cpu(80)]), DecideTests.observation(replicas: 6, usesMilli: Array(repeating: 1, count: 6)), history)
        #expect(held.proposed == 1 && held.outcome == 6)
        #expect(held.adjustments.map { [$0.from, $0.to] } == [[1, 6]] && held.adjustments.first?.reason == "ScaleDownStabilized")
        let limited = explanation(DecideTests.spec([DecideTests.cpu(80)]), DecideTests.observation(replicas: 2, usesMilli: [900, 900]))
        #expect(limited.proposed == 23 && limited.outcome == 4)
        #expect(limited.adjustments.map(\.reason) == ["ScaleUpLimit"])
    }

    @Test("names a request so small that the least use is above the target, and only such a one")
    func leastUse() throws {
        var observation = DecideTests.observation(replicas: 2, usesMilli: [1, 1])
        var pods = try observation.pods.get()
        #expect(explanation(DecideTests.spec([DecideTests.cpu(80)]), observation).notes.isEmpty)
        for index in pods.indices { pods[index].containers[0].requests["cpu"] = 1 }
        observation.pods = .success(pods)
        let told = explanation(DecideTests.spec([DecideTests.cpu(80)]), observation)
        #expect(told.outcome == 3 && told.notes.count == 1)
        #expect(told.notes.first?.hasPrefix("The CPU request of 1m is the reason why it grows while idle") == true)
    }

    @Test("says what failed, and that nothing follows from it")
    func failure() {
        let observation = DecideTests.observation(replicas: 3, usesMilli: [1, 1, 1], metrics: MetricsFailure("down"))
        let told = explanation(DecideTests.spec([DecideTests.cpu(80)]), observation)
        #expect(told.proposed == nil && told.outcome == 3 && told.adjustments.isEmpty)
        #expect(told.metrics.first?.failure?.hasSuffix("unable to fetch metrics from resource metrics API: down") == true)
        #expect(told.json["failure"]?.string?.hasPrefix("failed to compute desired number of replicas") == true)
    }
}
