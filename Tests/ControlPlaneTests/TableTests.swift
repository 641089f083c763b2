// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1
import Testing

@testable import ControlPlane

@Suite("tables")
struct TableTests {
    private static let now = Harness.now

    private func cells(_ columns: TableColumns, _ json: String) throws -> String {
        let object = KubeObject(try #require(JSONValue.parse(json).object))
        return columns.cells(object, Self.now).map { $0.string ?? $0.encodedText }.joined(separator: "|")
    }

    private static let hour: Int64 = 3600
    private static let day: Int64 = 86_400
    static let durationTexts: [(Int64, String)] = [
        (0, "0s"), (119, "119s"), (120, "2m"), (249, "4m9s"), (599, "9m59s"), (600, "10m"), (10_799, "179m"), (10_800, "3h"), (27_000, "7h30m"),
        (47 * hour, "47h"), (48 * hour, "2d"), (50 * hour, "2d2h"), (8 * day, "8d"), (729 * day, "729d"), (731 * day, "2y1d"), (8 * 365 * day, "8y"),
        (-1, "0s"), (-5, "<invalid>"),
    ]

    @Test("durations are told in the units that matter", arguments: durationTexts)
    func durations(seconds: Int64, text: String) { #expect(HumanDuration.text(.seconds(seconds)) == text) }

    // As kubectl showed them of upstream's objects.
    @Test(
        "autoscalers show each metric beside its target",
        arguments: [
            (
                #"[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}}]"#,
                #"[{"type":"Resource","resource":{"name":"cpu","current":{"averageUtilization":53,"averageValue":"53m"}}}]"#, "cpu: 53%/50%"
            ),
            (
                #"[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":60}}}]"#, #"[{"type":""}]"#,
                "cpu: <unknown>/60%"
            ),
            (#"[{"type":"Pods","pods":{"metric":{"name":"x"},"target":{"type":"AverageValue","averageValue":"50"}}}]"#, "null", "<unknown>/50"),
            (
                #"[{"type":"Resource","resource":{"name":"cpu","target":{"averageUtilization":80}}},{"type":"Resource","resource":{"name":"memory","target":{"averageValue":"200Mi"}}},{"type":"External","external":{"target":{"averageValue":"5"}}}]"#,
                #"[{"type":"Resource","resource":{"name":"cpu","current":{"averageUtilization":100}}},{"type":"Resource","resource":{"name":"memory","current":{"averageValue":"5Mi"}}}]"#,
                "cpu: 100%/80%, memory: 5Mi/200Mi + 1 more..."
            ),
            ("[]", "[]", "<none>"),
        ])
    func targets(metrics: String, current: String, text: String) throws {
        let json =
            #"{"metadata":{"name":"web","creationTimestamp":"2026-11-24T11:55:51Z"},"spec":{"scaleTargetRef":{"kind":"Deployment","name":"web"},"minReplicas":2,"maxReplicas":10,"metrics":\#(metrics)},"status":{"currentMetrics":\#(current),"currentReplicas":6}}"#
        #expect(try cells(.horizontalPodAutoscaler, json) == "web|Deployment/web|\(text)|2|10|6|4m9s")
    }

    @Test(
        "pods show the word for what their containers are at",
        arguments: [
            (#"{"phase":"Pending"}"#, "", "0/1|Pending|0"),
            (#"{"phase":"Running","containerStatuses":[{"ready":true,"state":{"running":{}},"restartCount":0}]}"#, "", "1/1|Running|0"),
            (
                #"{"phase":"Running","containerStatuses":[{"ready":false,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"restartCount":3,"lastState":{"terminated":{"finishedAt":"2026-11-24T11:59:20Z"}}}]}"#,
                "", "0/1|CrashLoopBackOff|3 (40s ago)"
            ),
            (
                #"{"phase":"Running","containerStatuses":[{"ready":true,"state":{"running":{}},"restartCount":0}]}"#,
                #","deletionTimestamp":"2026-11-24T12:00:00Z""#,
                "1/1|Terminating|0"
            ),
            (#"{"phase":"Failed","reason":"Evicted"}"#, "", "0/1|Evicted|0"),
            (#"{"phase":"Succeeded","containerStatuses":[{"state":{"terminated":{"reason":"Completed"}},"restartCount":0}]}"#, "", "0/1|Completed|0"),
            (#"{"phase":"Failed","containerStatuses":[{"state":{"terminated":{"exitCode":2}},"restartCount":0}]}"#, "", "0/1|ExitCode:2|0"),
        ])
    func pods(status: String, metadata: String, text: String) throws {
        let json =
            #"{"metadata":{"name":"a","creationTimestamp":"2026-11-24T11:55:51Z"\#(metadata)},"spec":{"nodeName":"node-0","containers":[{"name":"main"}]},"status":\#(status)}"#
        #expect(try cells(.pod, json) == "a|\(text)|4m9s|<none>|node-0|<none>|<none>")
    }

    @Test("services, endpoints and events are told in a line")
    func others() throws {
        #expect(
            try cells(
                .service,
                #"{"metadata":{"name":"web","creationTimestamp":"2026-11-24T11:59:00Z"},"spec":{"type":"ClusterIP","clusterIP":"127.7.200.2","clusterIPs":["127.7.200.2"],"ports":[{"port":80,"protocol":"TCP"},{"port":53,"protocol":"UDP"}],"selector":{"b":"c","a":"b"}}}"#
            )
                == "web|ClusterIP|127.7.200.2|<none>|80/TCP,53/UDP|60s|a=b,b=c")
        #expect(
            try cells(
                .endpoints,
                #"{"metadata":{"name":"web"},"subsets":[{"addresses":[{"ip":"1.1.1.1"},{"ip":"1.1.1.2"}],"ports":[{"port":80},{"port":81}]}]}"#)
                == "web|1.1.1.1:80,1.1.1.2:80,1.1.1.1:81 + 1 more...|<unknown>")
        #expect(
            try cells(
                .event,
                #"{"metadata":{"name":"web.1"},"type":"Normal","reason":"SuccessfulCreate","involvedObject":{"kind":"ReplicaSet","name":"web"},"source":{"component":"replicaset-controller"},"message":"Created pod: web-1\n","firstTimestamp":"2026-11-24T11:55:51Z","lastTimestamp":"2026-11-24T11:59:50Z","count":2}"#
            )
                == "10s|Normal|SuccessfulCreate|replicaset/web||replicaset-controller|Created pod: web-1|4m9s|2|web.1")
        #expect(
            try cells(
                .node,
                #"{"metadata":{"name":"n","creationTimestamp":"2026-11-24T11:55:51Z","labels":{"node-role.kubernetes.io/worker":""}},"spec":{"unschedulable":true},"status":{"conditions":[{"type":"Ready","status":"True"}],"addresses":[{"type":"InternalIP","address":"127.7.0.10"}],"nodeInfo":{"kubeletVersion":"v1.36.2","osImage":"Debian","kernelVersion":"6.1.0","architecture":"amd64","containerRuntimeVersion":"x"}}}"#
            )
                == "n|Ready,SchedulingDisabled|worker|4m9s|v1.36.2|127.7.0.10|<none>|Debian|6.1.0 (amd64)|x")
    }

    @Test("a table has a row for each object, with its metadata")
    func table() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, "/apis/apps/v1/namespaces/default/deployments", Manifests.deployment("web"))
        let table = try await harness.send(
            .GET, "/apis/apps/v1/deployments", accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
        #expect(table.value(at: "kind")?.string == "Table")
        let row = try #require(table.value(at: "rows")?.array?.first)
        #expect(row["cells"] == ["web", "0/2", 0, 0, "0s", "main", "podinfo", "app=web"])
        #expect(row.value(at: "object", "kind")?.string == "PartialObjectMetadata")
        #expect(table.value(at: "columnDefinitions")?.array?.compactMap { $0["priority"]?.int } == [0, 0, 0, 0, 0, 1, 1, 1])
    }
}
