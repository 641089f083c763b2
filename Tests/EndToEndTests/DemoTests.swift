// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import Testing

@testable import Commands

extension EndToEnd {
    @Suite("the demo proves itself", .serialized)
    struct DemoTests {
        @Test("the guide scales, the 100m workload waits for load and then grows")
        func demo() async throws {
            _ = try Tool.require(Tool.ab, "ab")
            let result = try await Tool.run(Tool.updraft, ["demo", "-o", "json"], seconds: 240)
            #expect(result.status == 0, "\(result.text)")
            let last = try #require(result.output.split(separator: "\n").last)
            let outcome = try JSONValue.parse(String(last))
            #expect(outcome["passed"] == true, "\(last)")
            #expect((outcome["guideReplicas"]?.int ?? 0) > 2)
            #expect((outcome["replicasUnderLoad"]?.int ?? 0) > 2)
            #expect(outcome["secondsFromLoadToReady"]?.double != nil)
        }

        @Test("without load it exits with 1 and says that the 100m workload did not grow")
        func noLoad() async throws {
            let result = try await Tool.run(Tool.updraft, ["demo", "--load", "0"], seconds: 240)
            #expect(result.status == 1, "\(result.text)")
            #expect(result.text.contains("the 100m workload did not grow"), "\(result.text)")
        }

        @Test("the demo carries the guide's manifests unchanged")
        func manifests() throws {
            let objects = try GuideManifests()
            #expect(objects.guide[0].apiVersion == "extensions/v1beta1" && objects.guide[0].spec["selector"] == nil)
            #expect(objects.guide[1].apiVersion == "autoscaling/v2beta1")
            let container = try #require(objects.guide[0].value(at: "spec", "template", "spec", "containers")?.array?.first)
            #expect(container["resources"]?["requests"]?["cpu"] == "1m")
            let compared = try #require(objects.compared[0].value(at: "spec", "template", "spec", "containers")?.array?.first)
            #expect(compared["resources"]?["requests"]?["cpu"] == "100m")
            var reverted = compared
            reverted["resources"] = container["resources"]
            #expect(reverted == container, "the request is the only difference")
        }

        @Test("each thing that does not hold is named")
        func outcome() {
            var outcome = DemoOutcome()
            #expect(outcome.failures.count == 4)
            outcome.podsWithMetrics = 4
            outcome.guideReplicas = 3
            outcome.idleSeconds = 20
            outcome.idleUtilization = 2
            #expect(outcome.failures == ["the 100m workload did not grow"])
            outcome.comparedReplicas = 3
            outcome.secondsToDecision = 1.5
            outcome.loadedUtilization = 40
            #expect(outcome.failures == ["the 100m workload grew, but not because of measured CPU"])
            outcome.loadedUtilization = 100
            outcome.secondsToReady = 3
            #expect(outcome.failures.isEmpty)
            outcome.restartsUnderLoad = 1
            #expect(outcome.failures == ["1 containers of the 100m workload were restarted under load"])
        }
    }
}
