// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import ScalingRules
import Testing

@testable import HorizontalAutoscaler

@Suite("The autoscaler on a modelled cluster", .timeLimit(.minutes(5)))
struct AutoscalerControllerTests {
    @Test("under load the target grows, and status and report tell why")
    func growsUnderLoad() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 200)
        cluster.autoscale("web")
        try await Rounds.run(cluster) { rounds in
            let report = try #require(await rounds.decisions()["web"])
            #expect(cluster.replicas("web") == 4)
            #expect(
                report.decision.rescale == Decision.Rescale(from: 2, to: 4, reason: "cpu resource utilization (percentage of request) above target"))
            #expect(report.utilization == 200)
            #expect(report.proposedReplicas == 5)
            #expect(report.reading?.pods?.readyCount == 2)
            #expect(
                report.decision.events == [
                    AutoscalerEvent(
                        type: .normal, reason: "SuccessfulRescale",
                        message: "New size: 4; reason: cpu resource utilization (percentage of request) above target")
                ])
            #expect(
                cluster.condition("AbleToScale", of: "web") == [
                    "True", "SucceededRescale", "the HPA controller was able to update the target scale to 4",
                ])
            #expect(
                cluster.condition("ScalingLimited", of: "web") == [
                    "True", "ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate",
                ])
            let status = try #require(cluster.object("\(ClusterModel.hpas)/web")).status
            #expect(status["currentReplicas"] == 2)
            #expect(status["desiredReplicas"] == 4)
            #expect(status["lastScaleTime"]?.timestamp == ClusterModel.start)
            #expect(
                status["currentMetrics"] == [
                    ["type": "Resource", "resource": ["name": "cpu", "current": ["averageUtilization": 200, "averageValue": "200m"]]]
                ])
        }
    }

    @Test("events are written to the API under upstream's component")
    func writesEvents() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 200)
        cluster.autoscale("web")
        try await Rounds.run(cluster) { rounds in
            _ = await rounds.decisions()
            while cluster.count("POST /api/v1/namespaces/shop/events") == 0 { await Task.yield() }
        }
        var written: [KubeObject] = []
        cluster.change { written = $0.objects.filter { $0.key.contains("/events/") }.map(\.value) }
        let event = try #require(written.first)
        #expect(event.value(at: "source", "component") == "horizontal-pod-autoscaler")
        #expect(event.value(at: "involvedObject", "kind") == "HorizontalPodAutoscaler")
        #expect(event["reason"] == "SuccessfulRescale")
        #expect(event["type"] == "Normal")
    }

    @Test("a scale that changed meanwhile is read and decided upon afresh")
    func conflictIsRetriedFromFreshState() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 200)
        cluster.autoscale("web")
        let path = ClusterModel.scalePath("web")
        cluster.surprise("PUT \(path)") { state in
            guard var scale = state.objects[path] else { return }
            scale.set(3, at: "spec", "replicas")
            state.put(path, scale)
        }
        try await Rounds.run(cluster) { rounds in
            let report = try #require(await rounds.decisions()["web"])
            // From 3 replicas six are permitted, from the stale 2 only four were.
            #expect(report.decision.rescale?.from == 3)
            #expect(cluster.replicas("web") == 5)
            #expect(cluster.count("PUT \(path)") == 2)
            #expect(cluster.count("GET \(path)") == 2)
        }
    }

    @Test("a target that keeps changing is given up on until the next round, and the condition says so")
    func conflictsHaveAnEnd() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 200)
        cluster.autoscale("web")
        let path = ClusterModel.scalePath("web")
        @Sendable func disturb(_ state: inout ClusterModel.State) {
            guard let scale = state.objects[path] else { return }
            state.put(path, scale)
            state.surprises["PUT \(path)"] = { disturb(&$0) }
        }
        cluster.surprise("PUT \(path)") { disturb(&$0) }
        try await Rounds.run(cluster) { rounds in
            let report = try #require(await rounds.decisions()["web"])
            #expect(cluster.count("PUT \(path)") == 5)
            #expect(cluster.replicas("web") == 2)
            #expect(report.decision.rescale == nil)
            #expect(report.decision.events.map(\.reason) == ["FailedRescale"])
            #expect(cluster.condition("AbleToScale", of: "web").prefix(2) == ["False", "FailedUpdateScale"])
        }
    }

    @Test("a status that someone else wrote over is written over their version, if they asked for nothing else")
    func statusConflict() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 80)
        cluster.autoscale("web")
        let path = "\(ClusterModel.hpas)/web"
        cluster.surprise("PATCH \(path)/status") { state in
            guard var hpa = state.objects[path] else { return }
            hpa.labels = ["touched": "yes"]
            state.put(path, hpa)
        }
        try await Rounds.run(cluster) { rounds in
            _ = await rounds.decisions()
            #expect(cluster.condition("ScalingActive", of: "web").first == "True")
            #expect(cluster.object(path)?.labels == ["touched": "yes"])
        }
    }

    struct Outage: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var answer: ClusterModel.ClientAnswer
        var message: String
    }
    static let outages = [
        Outage(
            testDescription: "an aggregated server that is down", answer: .text(503, "service unavailable\n"),
            message:
                "unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)"),
        Outage(
            testDescription: "no such API", answer: .text(404, "404 page not found\n"),
            message: "unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"),
        Outage(
            testDescription: "a Status",
            answer: .json(403, APIError.forbidden(GroupResource(group: "metrics.k8s.io", resource: "pods"), "", "no").status),
            message: "unable to fetch metrics from resource metrics API: pods.metrics.k8s.io is forbidden: no"),
        Outage(
            testDescription: "an empty list", answer: .json(200, ["kind": "PodMetricsList", "items": []]),
            message: "no metrics returned from resource metrics API"),
    ]

    @Test("without metrics the replicas stay and the conditions say what is missing", arguments: outages)
    func metricsOutage(_ outage: Outage) async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 5, usesMilli: 0)
        cluster.autoscale("web")
        cluster.change { $0.metrics[ClusterModel.metricsPath] = outage.answer }
        try await Rounds.run(cluster) { rounds in
            for round in 0..<30 {
                let report = try #require(await rounds.decisions()["web"])
                let error = "failed to get cpu utilization: unable to get metrics for resource cpu: \(outage.message)"
                #expect(report.decision.events.map(\.reason) == ["FailedGetResourceMetric", "FailedComputeMetricsReplicas"])
                #expect(report.decision.events.first?.message == error)
                #expect(
                    cluster.condition("ScalingActive", of: "web")
                        == ["False", "FailedGetResourceMetric", "the HPA was unable to compute the replica count: \(error)"])
                #expect(cluster.replicas("web") == 5, "round \(round)")
                await rounds.nextRound()
            }
            #expect(cluster.count("PUT \(ClusterModel.scalePath("web"))") == 0)
            // Nothing changed after the first round, so nothing was written.
            #expect(cluster.count("PATCH \(ClusterModel.hpas)/web/status") == 1)
        }
    }

    @Test("with one metric failing and the other low, nothing is taken away")
    func partialOutage() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 5, usesMilli: 1)
        cluster.autoscale("web", metrics: [ClusterModel.cpu, ClusterModel.memory])
        try await Rounds.run(cluster) { rounds in
            for _ in 0..<30 {
                _ = await rounds.decisions()
                await rounds.nextRound()
            }
            #expect(cluster.replicas("web") == 5)
            #expect(cluster.condition("ScalingActive", of: "web").prefix(2) == ["False", "FailedGetResourceMetric"])
        }
    }

    @Test("idle replicas go once the stabilization window has passed, and the report counts down to it")
    func scalesDownAfterTheWindow() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 4, usesMilli: 10)
        cluster.autoscale("web")
        try await Rounds.run(cluster) { rounds in
            let first = try #require(await rounds.decisions()["web"])
            #expect(first.proposedReplicas == 1)
            #expect(first.heldFor == .seconds(300))
            #expect(cluster.condition("AbleToScale", of: "web").prefix(2) == ["True", "ScaleDownStabilized"])
            // 300 s later the first recommendation still counts; it takes one more round.
            for round in 1...20 {
                await rounds.nextRound()
                let report = try #require(await rounds.decisions()["web"])
                #expect(report.heldFor == .seconds(300 - 15 * round))
                #expect(cluster.replicas("web") == 4)
            }
            await rounds.nextRound()
            let last = try #require(await rounds.decisions()["web"])
            #expect(last.decision.rescale == Decision.Rescale(from: 4, to: 1, reason: "All metrics below target"))
            #expect(cluster.replicas("web") == 1)
        }
    }

    @Test("the autoscalers of a namespace share one list of pod metrics a round")
    func sharesMetrics() async throws {
        let cluster = ClusterModel()
        for index in 0..<12 {
            cluster.deploy("web\(index)", replicas: 1, usesMilli: 80)
            cluster.autoscale("web\(index)", metrics: [ClusterModel.cpu, ClusterModel.memory])
        }
        try await Rounds.run(cluster) { rounds in
            _ = await rounds.decisions(12)
            #expect(cluster.count("GET \(ClusterModel.metricsPath)") == 1)
            await rounds.nextRound()
            _ = await rounds.decisions(12)
            #expect(cluster.count("GET \(ClusterModel.metricsPath)") == 2)
            // Discovery is asked once, not per round and autoscaler.
            #expect(cluster.count("GET /apis/apps") < 12)
        }
    }

    @Test("a target at the right size is watched, not asked for")
    func followsTargets() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 80)
        cluster.autoscale("web")
        try await Rounds.run(cluster) { rounds in
            for _ in 0..<3 {
                let report = try #require(await rounds.decisions()["web"])
                #expect(report.scale == TargetScale(specReplicas: 2, statusReplicas: 2, selector: "app=web"))
                await rounds.nextRound()
            }
            #expect(cluster.count("GET \(ClusterModel.scalePath("web"))") == 0)
            #expect(cluster.count("GET /apis/apps/v1/deployments") == 2)  // a list and a watch
        }
    }

    @Test("where targets may not be watched, each scale is asked for")
    func followsNoTargets() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 200)
        cluster.autoscale("web")
        cluster.change { $0.refusesTargets = true }
        try await Rounds.run(cluster) { rounds in
            _ = await rounds.decisions()
            #expect(cluster.replicas("web") == 4)
            #expect(cluster.count("GET \(ClusterModel.scalePath("web"))") == 1)
        }
    }

    @Test("a watch that lags behind moves nobody to act on what it shows")
    func actsOnFreshScales() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 160)
        cluster.autoscale("web")
        try await Rounds.run(cluster) { rounds in
            _ = await rounds.decisions()
            #expect(cluster.replicas("web") == 4)
            cluster.change { $0.hidesTargets = true }
            let path = ClusterModel.scalePath("web")
            cluster.change { state in
                guard var scale = state.objects[path] else { return }
                scale.set(8, at: "spec", "replicas")
                state.put(path, scale)
            }
            cluster.use(700, podsOf: ["web": 2])
            await rounds.nextRound()
            // As last seen there are 4, of which 8 would be made; there are 8 already.
            let report = try #require(await rounds.decisions()["web"])
            #expect(report.scale?.specReplicas == 8)
            #expect(report.decision.rescale?.from == 8)
            #expect(cluster.replicas("web") == 10)
            #expect(cluster.count("GET \(path)") == 2)
        }
    }

    @Test("a target of extensions/v1beta1 is found")
    func oldGroup() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 200, groupVersion: "extensions/v1beta1")
        cluster.autoscale("web", apiVersion: "extensions/v1beta1")
        try await Rounds.run(cluster) { rounds in
            _ = await rounds.decisions()
            let scale = cluster.object(ClusterModel.scalePath("web", "extensions/v1beta1"))
            #expect(scale?.value(at: "spec", "replicas") == 4)
        }
    }

    struct BadTarget: Sendable, CustomTestStringConvertible {
        var apiVersion = "apps/v1"
        var kind = "Deployment"
        var message: String
        var testDescription: String { message }
    }
    static let badTargets = [
        BadTarget(message: "deployments.apps \"gone\" not found"),
        BadTarget(kind: "Foo", message: "no matches for kind \"Foo\" in group \"apps\""),
        BadTarget(apiVersion: "nosuch.io/v1", kind: "Foo", message: "no matches for kind \"Foo\" in group \"nosuch.io\""),
        BadTarget(apiVersion: "a/b/c", message: "unexpected GroupVersion string: a/b/c"),
    ]

    @Test("a target that isn't there is named in the condition", arguments: badTargets)
    func missingTarget(_ target: BadTarget) async throws {
        let cluster = ClusterModel()
        cluster.autoscale("web", target: "gone", apiVersion: target.apiVersion, kind: target.kind)
        try await Rounds.run(cluster) { rounds in
            _ = await rounds.decisions()
            #expect(
                cluster.condition("AbleToScale", of: "web") == [
                    "False", "FailedGetScale", "the HPA controller was unable to get the target's current scale: \(target.message)",
                ])
        }
    }

    @Test("two autoscalers on the same pods both stand still and say so")
    func ambiguousSelector() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 2, usesMilli: 80)
        cluster.autoscale("one", target: "web")
        cluster.autoscale("two", target: "web")
        try await Rounds.run(cluster) { rounds in
            // In the first round the one that comes first doesn't yet know of the other.
            _ = await rounds.decisions(2)
            await rounds.nextRound()
            _ = await rounds.decisions(2)
            for name in ["one", "two"] {
                #expect(
                    cluster.condition("ScalingActive", of: name) == [
                        "False", "AmbiguousSelector", "pods by selector app=web are controlled by multiple HPAs: [shop/one shop/two]",
                    ])
            }
        }
    }

    @Test("an autoscaler made anew under an old name remembers nothing")
    func forgetsTheDeleted() async throws {
        let cluster = ClusterModel()
        cluster.deploy("web", replicas: 4, usesMilli: 10)
        cluster.autoscale("web")
        try await Rounds.run(cluster) { rounds in
            for _ in 0..<10 {
                _ = await rounds.decisions()
                await rounds.nextRound()
            }
            _ = await rounds.decisions()
            cluster.change { $0.remove("\(ClusterModel.hpas)/web") }
            cluster.autoscale("web", uid: "2")
            // The change reaches the controller by its watch, in its own time.
            var report: DecisionReport?
            for _ in 0..<50 where report?.decision.history.recommendations.count != 2 {
                await rounds.nextRound()
                report = await rounds.decisions()["web"]
            }
            #expect(report?.heldFor == .seconds(300))
        }
    }
}
