// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ControlPlane
import Foundation
import KubeModel
import KubePKI
import KubeStore
import KubeStoreSQLite
import Logging
import ServiceLifecycle

/// In the child process: the API server over TLS with its objects on disk, without controllers; and beside it the same HTTP server with
/// answers made beforehand, to compare with.
enum PlaneServer {
    static let pods = GroupResource(group: "", resource: "pods")
    static let namespace = "bench"

    /// Says on standard output where it listens and how to be let in; until killed, or until standard input ends.
    static func serve(directory: String, podCount: Int) async throws {
        Thread.detachNewThread {
            _ = try? FileHandle.standardInput.readToEnd()
            exit(0)
        }
        let now: @Sendable () -> Timestamp = { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }
        let ca = try CertificateAuthority.make(commonName: "bench", now: now())
        let serving = try ca.issue(.server(commonName: "kube-apiserver", ipAddresses: ["127.0.0.1"]), now: now())
        let admin = try ca.issue(.client(commonName: "admin", organizations: ["system:masters"]), now: now())
        let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let store = try await SQLiteStore.open(directory: directory + "/store")
        try await makePods(podCount, store)
        let plane = try ControlPlane(
            configuration: ControlPlaneConfiguration(
                addresses: [.init(host: "127.0.0.1", port: 0)], serving: serving, block: LoopbackBlock(198), clientCAPEM: ca.certificatePEM,
                requestHeader: nil, proxyClient: nil, kubeletClient: admin, kubeletCAPEM: ca.certificatePEM),
            store: store, now: now, logger: logger)
        let bare = try APIServer(
            configuration: APIServerConfiguration(addresses: [.init(host: "127.0.0.1", port: 0)], servingCredential: serving, allowsAnonymous: false),
            handler: FixedAnswers(),
            authenticator: UnionAuthenticator([
                ClientCertificateAuthenticator(trust: ClientTrust(try ClientChainVerifier(rootsPEM: ca.certificatePEM)))
            ]),
            authorizer: AlwaysAllow(), logger: logger, now: now)
        let port = try await plane.start().first?.port ?? 0
        let barePort = try await bare.start().first?.port ?? 0
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in plane.services { group.addTask { try await service.run() } }
            group.addTask { try await bare.run() }
            let ready: JSONValue = [
                "port": .integer(Int64(port)), "barePort": .integer(Int64(barePort)), "ca": .string(ca.certificatePEM),
                "certificate": .string(admin.certificatePEM), "key": .string(admin.privateKeyPEM),
            ]
            FileHandle.standardOutput.write(Data((ready.encodedText + "\n").utf8))
            try await group.waitForAll()
        }
    }

    private static func makePods(_ count: Int, _ store: SQLiteStore) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                if number >= 256 { try await group.next() }
                group.addTask {
                    let pod = BenchPod.object(number, namespace: namespace)
                    _ = try await store.create(pod, at: ObjectKey(pods, namespace: namespace, name: pod.name))
                }
            }
            try await group.waitForAll()
        }
    }
}

/// A pod as the lab's nodes and controllers leave it: about 2 kB.
enum BenchPod {
    static func name(_ number: Int) -> String { "podinfo-7d4b9c6f5-\(100_000 + number)" }

    static func object(_ number: Int, namespace: String) -> KubeObject {
        var pod = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: namespace, name: name(number))
        let time: JSONValue = "2026-01-01T00:00:00Z"
        pod.labels = ["app": "podinfo", "pod-template-hash": "7d4b9c6f5"]
        pod.set(.string("00000000-0000-4000-8000-\(String(100_000_000_000 + number))"), at: "metadata", "uid")
        pod.set(time, at: "metadata", "creationTimestamp")
        pod.set(
            [
                [
                    "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "podinfo-7d4b9c6f5", "uid": "00000000-0000-4000-8000-000000000001",
                    "controller": true,
                ]
            ],
            at: "metadata", "ownerReferences")
        let probe: JSONValue = [
            "httpGet": ["path": "/healthz", "port": 9898, "scheme": "HTTP"], "periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3,
        ]
        pod["spec"] = [
            "nodeName": .string("node-\(number % 100)"), "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
            "serviceAccountName": "default", "terminationGracePeriodSeconds": 30,
            "containers": [
                [
                    "name": "podinfod", "image": "stefanprodan/podinfo:0.0.1", "imagePullPolicy": "IfNotPresent",
                    "command": ["./podinfo", "-port=9898"],
                    "ports": [["containerPort": 9898, "protocol": "TCP"]], "livenessProbe": probe, "readinessProbe": probe,
                    "env": [
                        ["name": "POD_IP", "valueFrom": ["fieldRef": ["apiVersion": "v1", "fieldPath": "status.podIP"]]],
                        ["name": "COLOR", "value": "blue"],
                    ],
                    "resources": ["limits": ["cpu": "100m", "memory": "256Mi"], "requests": ["cpu": "1m", "memory": "32Mi"]],
                    "volumeMounts": [["name": "token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true]],
                ]
            ],
            "volumes": [["name": "token", "projected": ["defaultMode": 420, "sources": [["configMap": ["name": "kube-root-ca.crt"]]]]]],
        ]
        pod["status"] = [
            "phase": "Running", "hostIP": "10.0.0.1", "podIP": .string("10.1.\(number / 250 % 250).\(number % 250)"), "startTime": time,
            "qosClass": "Burstable",
            "conditions": .array(
                ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map {
                    ["type": .string($0), "status": "True", "lastTransitionTime": time]
                }),
            "containerStatuses": [
                [
                    "name": "podinfod", "image": "stefanprodan/podinfo:0.0.1", "imageID": "", "ready": true, "started": true, "restartCount": 0,
                    "state": ["running": ["startedAt": time]],
                ]
            ],
        ]
        return pod
    }
}
