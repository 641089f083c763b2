// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import ScalingRules
import TestKit
import Testing

@testable import HorizontalAutoscaler

@Suite("Fresh usage", .timeLimit(.minutes(5)))
struct UsageReactionTests {
    private static let gathering = Duration.milliseconds(50)
    private static let period = AutoscalerOptions().syncPeriod

    private func lists(_ cluster: ClusterModel) -> Int { cluster.count("GET \(ClusterModel.metricsPath)") }

    @Test("is decided on at once, and the round that follows need not do so again")
    func reacts() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 80)
        cluster.autoscale("web")
        let usage = FreshUsage(floor: .seconds(1))
        try await Rounds.run(cluster, freshUsage: usage) { rounds in
            _ = await rounds.decisions()
            #expect(cluster.replicas("web") == 2)
            cluster.use(200, podsOf: ["web": 2])
            usage.tell(["shop"])
            await rounds.pass(Self.gathering)
            let report = try #require(await rounds.decisions()["web"])
            #expect(report.decision.rescale?.to == 4)
            #expect(report.time == ClusterModel.start + Self.gathering)
            #expect(lists(cluster) == 2)
            // The first round after it leaves it out, the second does not.
            await rounds.pass(Self.period - Self.gathering)
            await rounds.pass(Self.period)
            let next = try #require(await rounds.decisions()["web"])
            #expect(next.time == ClusterModel.start + Self.period * 2)
            #expect(lists(cluster) == 3)
        }
    }

    @Test("that comes often is decided on no more often than the floor has it")
    func floor() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 80)
        cluster.autoscale("web")
        let usage = FreshUsage(floor: .seconds(1))
        try await Rounds.run(cluster, freshUsage: usage) { rounds in
            _ = await rounds.decisions()
            usage.tell(["shop"])
            await rounds.pass(Self.gathering)
            _ = await rounds.decisions()
            for second in 1...5 {
                for _ in 0..<100 { usage.tell(["shop"]) }
                await rounds.pass(.seconds(1))
                let report = try #require(await rounds.decisions()["web"])
                #expect(report.time == ClusterModel.start + Self.gathering + .seconds(second))
            }
            #expect(lists(cluster) == 7)
        }
    }

    @Test("of the nodes of a cluster is decided on together")
    func gathers() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 80)
        cluster.autoscale("web")
        let usage = FreshUsage(floor: .seconds(1))
        try await Rounds.run(cluster, freshUsage: usage) { rounds in
            _ = await rounds.decisions()
            usage.tell(["shop"])
            while rounds.clock.nextDeadline != rounds.clock.now.advanced(by: Self.gathering) { await Task.yield() }
            rounds.clock.advance(by: .milliseconds(20))
            usage.tell(["shop"])
            await rounds.pass(.milliseconds(30))
            _ = await rounds.decisions()
            await rounds.pass(Self.period - Self.gathering)
            await rounds.pass(Self.period)
            _ = await rounds.decisions()
            #expect(lists(cluster) == 3)
        }
    }

    @Test("concerns those only that decide on usage, in the namespaces that it is of")
    func concerns() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 80)
        cluster.deploy("queue", replicas: 2, usesMilli: 80)
        cluster.use(80, podsOf: ["web": 2, "queue": 2])
        cluster.autoscale("web")
        cluster.autoscale(
            "queue", metrics: [["type": "External", "external": ["metric": ["name": "length"], "target": ["type": "Value", "value": "5"]]]])
        let usage = FreshUsage(floor: .seconds(1))
        try await Rounds.run(cluster, freshUsage: usage) { rounds in
            #expect(Set(await rounds.decisions(2).keys) == ["web", "queue"])
            usage.tell(["kube-system", "default"])
            usage.tell(["shop"])
            await rounds.pass(Self.gathering)
            #expect(await rounds.decisions()["web"] != nil)
            await rounds.pass(Self.period - Self.gathering)
            let round = try #require(await rounds.decisions()["queue"])
            #expect(round.time == ClusterModel.start + Self.period)
        }
        #expect(lists(cluster) == 2)
    }
}
