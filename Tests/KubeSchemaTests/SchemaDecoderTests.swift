// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import KubeSchema
import TestKit
import Testing

@Suite("Reading objects by their schema")
struct SchemaDecoderTests {
    let pipeline = ObjectPipeline()

    static let deployment = GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment")
    static let pod = GroupVersionKind(apiVersion: "v1", kind: "Pod")
    static let autoscaler = GroupVersionKind(apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler")
    static let event = GroupVersionKind(apiVersion: "v1", kind: "Event")
    static let service = GroupVersionKind(apiVersion: "v1", kind: "Service")
    static let configMap = GroupVersionKind(apiVersion: "v1", kind: "ConfigMap")

    /// Source: kube-apiserver's answers; encoding/json's words
    @Test(
        "what cannot be read is told as the real API server tells it",
        arguments: [
            (
                deployment, #"{"spec":{"replicas":"2"}}"#,
                #"Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"#
            ),
            (
                deployment, #"{"spec":{"replicas":1.5}}"#,
                #"Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"#
            ),
            (
                deployment, #"{"spec":{"replicas":3000000000}}"#,
                #"Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32"#
            ),
            (
                deployment, #"{"spec":[]}"#,
                #"Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec"#
            ),
            (
                deployment, #"{"metadata":{"labels":{"a":1}}}"#,
                #"Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"#
            ),
            (
                pod, #"{"spec":{"containers":{}}}"#,
                #"Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container"#
            ),
            (
                pod, #"{"spec":{"containers":[{"ports":[{"containerPort":"http"}]}]}}"#,
                #"Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32"#
            ),
            (
                pod, #"{"spec":{"containers":[{"resources":{"limits":{"cpu":"lots"}}}]}}"#,
                #"Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"#
            ),
            (
                event, #"{"firstTimestamp":"yesterday"}"#,
                #"Event in version "v1" cannot be handled as a Event: parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006""#
            ),
            (
                configMap, #"{"binaryData":{"a":"!"}}"#,
                #"ConfigMap in version "v1" cannot be handled as a ConfigMap: illegal base64 data at input byte 0"#
            ),
            (
                autoscaler, #"{"apiVersion":"apps/v1"}"#,
                "the API version in the data (apps/v1) does not match the expected API version (autoscaling/v2)"
            ),
            (pod, #"{"kind":"Gnome"}"#, #"no kind "Gnome" is registered for version "v1""#),
            (
                pod, #"{"kind":"Service"}"#,
                #"Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): unknown conversion"#
            ),
            (
                autoscaler, #"{"spec":{"maxReplicaz":3}}"#,
                #"HorizontalPodAutoscaler in version "v2" cannot be handled as a HorizontalPodAutoscaler: strict decoding error: unknown field "spec.maxReplicaz""#
            ),
            (
                pod, #"{"spec":{"containers":[{},{"imag":"x"}],"x":1},"y":2,"y":3}"#,
                #"Pod in version "v1" cannot be handled as a Pod: strict decoding error: duplicate field "y", unknown field "spec.containers[1].imag", unknown field "spec.x", unknown field "y""#
            ),
        ])
    func errors(kind: GroupVersionKind, body: String, message: String) {
        let error = #expect(throws: APIError.self) { try pipeline.decode(Array(body.utf8), as: kind, fieldValidation: .strict) }
        #expect(error?.message == message)
        #expect(error?.code == 400)
    }

    @Test("unknown fields are dropped, with a warning where one is asked for")
    func lenient() throws {
        let body = Array(#"{"metadata":{"name":"a","nam":"b"},"spec":{"ports":[{"port":80,"prot":"x"}]}}"#.utf8)
        let warned = try pipeline.decode(body, as: Self.service, fieldValidation: .warn)
        #expect(warned.warnings == [#"unknown field "metadata.nam""#, #"unknown field "spec.ports[0].prot""#])
        #expect(warned.object.value(at: "metadata", "nam") == nil)
        let ignored = try pipeline.decode(body, as: Self.service, fieldValidation: .ignore)
        #expect(ignored.warnings.isEmpty)
        #expect(ignored.object == warned.object)
    }

    @Test("objects are written as Go writes them: no zeros but where a field always has one")
    func canonicalForm() throws {
        let text =
            #"{"metadata":{"name":"e","labels":null,"creationTimestamp":null,"annotations":{}},"involvedObject":{"kind":"Pod"},"count":0,"reason":"","lastTimestamp":"2026-01-01T01:00:00+01:00"}"#
        let object = try pipeline.decode(Array(text.utf8), as: Self.event).object
        let expected: JSONValue = [
            "apiVersion": "v1", "kind": "Event", "metadata": ["name": "e"], "involvedObject": ["kind": "Pod"], "source": [:], "firstTimestamp": .null,
            "lastTimestamp": "2026-01-01T00:00:00Z", "eventTime": .null, "reportingComponent": "", "reportingInstance": "",
        ]
        #expect(JSONDifference(.object(object.json), from: expected) == nil)
    }

    @Test(
        "quantities are kept in their one form",
        arguments: [
            ("0.5", "500m"), ("1000m", "1"), ("1024Ki", "1Mi"), ("1e3", "1e3"), ("0.1m", "100u"),
        ])
    func quantities(given: String, expected: String) throws {
        let body = #"{"status":{"capacity":{"cpu":"\#(given)"}}}"#
        let node = try pipeline.decode(Array(body.utf8), as: GroupVersionKind(apiVersion: "v1", kind: "Node")).object
        #expect(node.value(at: "status", "capacity", "cpu")?.string == expected)
    }
}
