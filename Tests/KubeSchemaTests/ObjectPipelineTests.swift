// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import KubeSchema
import TestKit
import Testing

@Suite("From a client's text to the stored object, and back")
struct ObjectPipelineTests {
    let pipeline = ObjectPipeline()

    private func decoded(_ yaml: String, fieldValidation: FieldValidation = .strict) throws -> KubeObject {
        let json = try YAML.document(in: yaml)
        let kind = GroupVersionKind(apiVersion: json["apiVersion"]?.string ?? "", kind: json["kind"]?.string ?? "")
        return try pipeline.decode(json.encoded, as: kind, fieldValidation: fieldValidation).object
    }

    @Test("a Deployment of extensions/v1beta1 without a selector is stored as apps/v1, with the old defaults")
    func legacyDeployment() throws {
        let object = try decoded(
            """
            {apiVersion: extensions/v1beta1, kind: Deployment, metadata: {name: podinfo}, spec: {replicas: 2, template: {metadata: {labels: {app: podinfo}},
            spec: {containers: [{name: podinfod, image: 'stefanprodan/podinfo:0.0.1', readinessProbe: {httpGet: {path: /readyz, port: 9898}, periodSeconds: 2},
            ports: [{containerPort: 9898}], resources: {requests: {cpu: 1m}}}],
            volumes: [{name: metadata, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}, {name: scratch}]}}}}
            """)
        let expected = try YAML.document(
            in: """
                {apiVersion: apps/v1, kind: Deployment, metadata: {name: podinfo, labels: {app: podinfo}}, spec: {replicas: 2,
                selector: {matchLabels: {app: podinfo}}, strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1, maxSurge: 1}},
                revisionHistoryLimit: 2147483647, progressDeadlineSeconds: 2147483647,
                template: {metadata: {labels: {app: podinfo}}, spec: {restartPolicy: Always, dnsPolicy: ClusterFirst, terminationGracePeriodSeconds: 30,
                schedulerName: default-scheduler, securityContext: {},
                containers: [{name: podinfod, image: 'stefanprodan/podinfo:0.0.1', imagePullPolicy: IfNotPresent, terminationMessagePath: /dev/termination-log,
                terminationMessagePolicy: File, ports: [{containerPort: 9898, protocol: TCP}], resources: {requests: {cpu: 1m}},
                readinessProbe: {httpGet: {path: /readyz, port: 9898, scheme: HTTP}, periodSeconds: 2, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3}}],
                volumes: [{name: metadata, downwardAPI: {defaultMode: 420, items: [{path: labels, fieldRef: {apiVersion: v1, fieldPath: metadata.labels}}]}},
                {name: scratch, emptyDir: {}}]}}}, status: {}}
                """)
        #expect(JSONDifference(.object(object.json), from: expected) == nil)
        let legacy = try pipeline.served(object, as: GroupVersion(group: "extensions", version: "v1beta1"))
        #expect(legacy.apiVersion == "extensions/v1beta1")
        #expect(legacy.spec == object.spec)
    }

    @Test(
        "the guide's v2beta1 autoscaler reads in every version",
        arguments: [
            (
                "v1",
                "{maxReplicas: 10, minReplicas: 2, targetCPUUtilizationPercentage: 80, scaleTargetRef: {apiVersion: extensions/v1beta1, kind: Deployment, name: podinfo}}"
            ),
            (
                "v2beta1",
                "{maxReplicas: 10, minReplicas: 2, scaleTargetRef: {apiVersion: extensions/v1beta1, kind: Deployment, name: podinfo}, metrics: [{type: Resource, resource: {name: cpu, targetAverageUtilization: 80}}, {type: Resource, resource: {name: memory, targetAverageValue: 200Mi}}]}"
            ),
            (
                "v2beta2",
                "{maxReplicas: 10, minReplicas: 2, scaleTargetRef: {apiVersion: extensions/v1beta1, kind: Deployment, name: podinfo}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}, {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 200Mi}}}]}"
            ),
            (
                "v2",
                "{maxReplicas: 10, minReplicas: 2, scaleTargetRef: {apiVersion: extensions/v1beta1, kind: Deployment, name: podinfo}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}, {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 200Mi}}}]}"
            ),
        ])
    func autoscaler(version: String, spec: String) throws {
        let stored = try decoded(
            """
            {apiVersion: autoscaling/v2beta1, kind: HorizontalPodAutoscaler, metadata: {name: podinfo}, spec: {minReplicas: 2, maxReplicas: 10,
            scaleTargetRef: {apiVersion: extensions/v1beta1, kind: Deployment, name: podinfo},
            metrics: [{type: Resource, resource: {name: cpu, targetAverageUtilization: 80}}, {type: Resource, resource: {name: memory, targetAverageValue: 200Mi}}]}}
            """)
        #expect(stored.apiVersion == "autoscaling/v2")
        let served = try pipeline.served(stored, as: GroupVersion(group: "autoscaling", version: version))
        #expect(try served.spec == YAML.document(in: spec))
        let annotation = served.annotations["autoscaling.alpha.kubernetes.io/metrics"]
        #expect(annotation == (version == "v1" ? #"[{"type":"Resource","resource":{"name":"memory","targetAverageValue":"200Mi"}}]"# : nil))
        // Through v1 the metrics come back in another order, as upstream's do.
        let again = try pipeline.decode(JSONValue.object(served.json), as: served.groupVersionKind).object
        #expect(Set(again.spec["metrics"]?.array ?? []) == Set(stored.spec["metrics"]?.array ?? []))
    }

    @Test("behavior survives v2beta1, which has no field for it")
    func behaviorInV2beta1() throws {
        let stored = try decoded(
            """
            {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {maxReplicas: 3, behavior: {scaleDown: {stabilizationWindowSeconds: 60}},
            scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}}}
            """)
        let legacy = try pipeline.served(stored, as: GroupVersion(group: "autoscaling", version: "v2beta1"))
        #expect(legacy.value(at: "spec", "behavior") == nil)
        #expect(try pipeline.decode(JSONValue.object(legacy.json), as: legacy.groupVersionKind).object == stored)
    }

    @Test("events of the newer group are stored as those of the core group")
    func events() throws {
        let stored = try decoded(
            "{apiVersion: events.k8s.io/v1, kind: Event, metadata: {name: e, namespace: shop}, regarding: {kind: Pod, name: p}, note: hello, reason: R, reportingController: c, eventTime: '2026-01-01T00:00:00.000000Z'}"
        )
        #expect(stored.apiVersion == "v1")
        #expect(stored["message"] == "hello")
        #expect(stored.value(at: "involvedObject", "name") == "p")
        #expect(stored["reportingComponent"] == "c")
        let served = try pipeline.served(stored, as: GroupVersion(group: "events.k8s.io", version: "v1"))
        #expect(served["note"] == "hello")
        #expect(served["involvedObject"] == nil)
    }

    /// Source: the request that kubectl 1.32 sends for a changed maxReplicas
    @Test("kubectl apply's patch changes what it names and keeps the rest")
    func applyPatch() throws {
        let stored = try decoded(
            "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: noreq-v2, namespace: shop}, spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: noreq}}}"
        )
        let patch =
            #"{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"spec\":{\"maxReplicas\":5}}\n"}},"spec":{"maxReplicas":5}}"#
        let patched = try pipeline.patched(
            stored, with: Array(patch.utf8), type: .strategicMerge, as: stored.groupVersionKind, fieldValidation: .strict
        ).object
        #expect(patched.spec["maxReplicas"] == 5)
        #expect(patched.spec["metrics"] == stored.spec["metrics"])
        #expect(patched.annotations["kubectl.kubernetes.io/last-applied-configuration"] == "{\"spec\":{\"maxReplicas\":5}}\n")
    }

    @Test("a patch may be of another version than the one stored")
    func patchInAnotherVersion() throws {
        let stored = try decoded(
            "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}}}"
        )
        let kind = GroupVersionKind(apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler")
        let patched = try pipeline.patched(stored, with: Array(#"{"spec":{"targetCPUUtilizationPercentage":50}}"#.utf8), type: .merge, as: kind)
            .object
        #expect(patched.apiVersion == "autoscaling/v2")
        #expect(patched.spec.value(at: "metrics")?.array?.first?.value(at: "resource", "target", "averageUtilization") == 50)
    }

    @Test(
        "what a patch spoils is told as a fault of the patch",
        arguments: [
            (#"{"spec":{"maxReplicas":"x"}}"#, 422, "cannot unmarshal string"), (#"{"spec":{"unknown":1}}"#, 422, #"unknown field "spec.unknown""#),
            ("[]", 400, "error decoding patch"), ("{", 400, "error decoding patch"),
        ])
    func badPatches(patch: String, code: Int, message: String) throws {
        let stored = try decoded("{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {maxReplicas: 3}}")
        for type in [ObjectPatchType.merge, .strategicMerge] {
            let error = #expect(throws: APIError.self) {
                try pipeline.patched(stored, with: Array(patch.utf8), type: type, as: stored.groupVersionKind, fieldValidation: .strict)
            }
            #expect(error?.code == code)
            #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        }
    }

    @Test(
        "setting defaults twice changes nothing",
        arguments: [
            "{apiVersion: v1, kind: Pod, spec: {hostNetwork: true, containers: [{name: a, image: 'x@sha256:0', ports: [{containerPort: 80}], resources: {limits: {cpu: 0.0001}}}]}}",
            "{apiVersion: v1, kind: Service, spec: {ports: [{port: 80}], sessionAffinity: ClientIP, type: LoadBalancer}}",
            "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}",
            "{apiVersion: apps/v1, kind: ReplicaSet, spec: {}}",
            "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, spec: {behavior: {scaleUp: {selectPolicy: Min}}}}",
        ])
    func idempotentDefaults(yaml: String) throws {
        let once = try decoded(yaml)
        #expect(try pipeline.decode(once.encoded, as: once.groupVersionKind, fieldValidation: .strict).object == once)
    }

    @Test(
        "images are pulled by their tag",
        arguments: [
            ("a", "Always"), ("a:latest", "Always"), ("a:1", "IfNotPresent"), ("host:5000/a", "Always"), ("host:5000/a:1", "IfNotPresent"),
            ("a@sha256:00", "IfNotPresent"), ("a:latest@sha256:00", "Always"),
        ])
    func pullPolicy(image: String, policy: String) throws {
        let pod = try decoded("{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: '\(image)'}]}}")
        #expect(pod.spec["containers"]?.array?.first?["imagePullPolicy"]?.string == policy)
    }
}
