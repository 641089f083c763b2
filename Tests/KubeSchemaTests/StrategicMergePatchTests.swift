// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import KubeSchema
import Testing

struct PatchCase: CustomTestStringConvertible, Sendable {
    var name: String
    var type = "apps/v1.Deployment"
    var original: String
    var patch: String
    var expected: String

    var testDescription: String { name }
}

/// Source: k8s.io/apimachinery pkg/util/strategicpatch, its documentation and behaviour
@Suite("Strategic merge patch")
struct StrategicMergePatchTests {
    static let cases = [
        PatchCase(
            name: "containers merge by their name", original: "{spec: {template: {spec: {containers: [{name: a, image: x}, {name: b, image: y}]}}}}",
            patch: "{spec: {template: {spec: {containers: [{name: b, image: z}]}}}}",
            expected: "{spec: {template: {spec: {containers: [{name: a, image: x}, {name: b, image: z}]}}}}"),
        PatchCase(
            name: "a new container stands before those that the patch does not name", type: "core/v1.PodSpec", original: "{containers: [{name: a}]}",
            patch: "{containers: [{name: b}]}", expected: "{containers: [{name: b}, {name: a}]}"),
        PatchCase(
            name: "$patch: delete removes the element of that key", type: "core/v1.PodSpec", original: "{containers: [{name: a}, {name: b}]}",
            patch: "{containers: [{$patch: delete, name: a}]}", expected: "{containers: [{name: b}]}"),
        PatchCase(
            name: "$patch: replace in a list replaces it", type: "core/v1.PodSpec", original: "{containers: [{name: a}, {name: b}]}",
            patch: "{containers: [{name: c}, {$patch: replace}]}", expected: "{containers: [{name: c}]}"),
        PatchCase(
            name: "$patch: replace in an object replaces it", original: "{metadata: {labels: {a: x, b: y}}}",
            patch: "{metadata: {labels: {$patch: replace, c: z}}}", expected: "{metadata: {labels: {c: z}}}"),
        PatchCase(
            name: "$patch: delete in an object empties it", original: "{metadata: {labels: {a: x}}}", patch: "{metadata: {labels: {$patch: delete}}}",
            expected: "{metadata: {labels: {}}}"),
        PatchCase(
            name: "null removes a member, there or not", original: "{metadata: {labels: {a: x, b: x}}, spec: {paused: true}}",
            patch: "{metadata: {labels: {a: null, c: null}}, spec: {paused: null, replicas: 3}}",
            expected: "{metadata: {labels: {b: x}}, spec: {replicas: 3}}"),
        PatchCase(
            name: "nulls of a new object are left out", original: "{}", patch: "{metadata: {labels: {a: null, b: x}}}",
            expected: "{metadata: {labels: {b: x}}}"),
        PatchCase(
            name: "atomic lists are replaced", type: "core/v1.Container", original: "{command: [a, b], args: [c]}", patch: "{command: [d]}",
            expected: "{command: [d], args: [c]}"),
        PatchCase(
            name: "lists of plain values that merge are sets", type: "meta/v1.ObjectMeta", original: "{finalizers: [a, b]}",
            patch: "{finalizers: [b, c]}",
            expected: "{finalizers: [a, b, c]}"),
        PatchCase(
            name: "$deleteFromPrimitiveList", type: "meta/v1.ObjectMeta", original: "{finalizers: [a, b, c]}",
            patch: "{$deleteFromPrimitiveList/finalizers: [a, c]}",
            expected: "{finalizers: [b]}"),
        PatchCase(
            name: "$setElementOrder puts the patch's elements in order, the server's own where they stood", type: "core/v1.PodSpec",
            original: "{containers: [{name: own}, {name: a, image: x}, {name: b}]}",
            patch: "{$setElementOrder/containers: [{name: b}, {name: a}], containers: [{name: a, image: y}]}",
            expected: "{containers: [{name: own}, {name: b}, {name: a, image: y}]}"),
        PatchCase(
            name: "$setElementOrder alone reorders", type: "meta/v1.ObjectMeta", original: "{finalizers: [a, b, c]}",
            patch: "{$setElementOrder/finalizers: [c, b, a]}", expected: "{finalizers: [c, b, a]}"),
        PatchCase(
            name: "$retainKeys drops what it does not name", type: "core/v1.PodSpec", original: "{volumes: [{name: v, emptyDir: {}}]}",
            patch: "{volumes: [{name: v, $retainKeys: [name, hostPath], hostPath: {path: /x}}]}",
            expected: "{volumes: [{name: v, hostPath: {path: /x}}]}"),
        PatchCase(
            name: "ports merge by their number", type: "core/v1.ServiceSpec", original: "{ports: [{port: 80, name: a}, {port: 81}]}",
            patch: "{ports: [{port: 80, nodePort: 30000}]}", expected: "{ports: [{port: 80, name: a, nodePort: 30000}, {port: 81}]}"),
        PatchCase(
            name: "conditions merge by their type", original: "{status: {conditions: [{type: A, status: 'True'}, {type: B, status: 'True'}]}}",
            patch: "{status: {conditions: [{type: B, status: 'False'}]}}",
            expected: "{status: {conditions: [{type: A, status: 'True'}, {type: B, status: 'False'}]}}"),
        PatchCase(
            name: "another type replaces", original: "{spec: {strategy: {rollingUpdate: {maxSurge: 1}}}}",
            patch: "{spec: {strategy: {rollingUpdate: {maxSurge: 25%}}}}",
            expected: "{spec: {strategy: {rollingUpdate: {maxSurge: 25%}}}}"),
        PatchCase(
            name: "kubectl scale", original: "{spec: {replicas: 2, paused: true}}", patch: "{spec: {replicas: 5}}",
            expected: "{spec: {replicas: 5, paused: true}}"),
        PatchCase(
            name: "kubectl rollout restart", original: "{spec: {template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a}]}}}}",
            patch: "{spec: {template: {metadata: {annotations: {kubectl.kubernetes.io/restartedAt: '2026-01-01T00:00:00Z'}}}}}",
            expected:
                "{spec: {template: {metadata: {labels: {a: b}, annotations: {kubectl.kubernetes.io/restartedAt: '2026-01-01T00:00:00Z'}}, spec: {containers: [{name: a}]}}}}"
        ),
    ]

    @Test("patches do as upstream's do", arguments: cases)
    func patches(one: PatchCase) throws {
        let type = try #require(KubeSchema.builtIn.type(named: one.type))
        let object = try #require(YAML.document(in: one.original).object)
        let patch = try #require(YAML.document(in: one.patch).object)
        let result = try StrategicMergePatch(schema: .builtIn).apply(patch, to: object, type: type)
        #expect(try .object(result) == YAML.document(in: one.expected), "\(JSONValue.object(result).encodedText)")
    }

    @Test(
        "patches that make no sense are refused",
        arguments: [
            "{containers: [{image: x}]}", "{containers: [{$patch: delete}]}", "{containers: [{name: a, $patch: merge}]}",
            "{containers: [{name: a, $patch: x}]}",
            "{$patch: x}", "{$setElementOrder/containers: a}", "{$setElementOrder/unknown: [a], unknown: [a]}", "{containers: [a]}",
            "{$setElementOrder/containers: [{name: b}, {name: a}], containers: [{name: a}, {name: b}]}",
            "{$retainKeys: [a], containers: [{name: a}]}",
        ])
    func refused(patch: String) throws {
        let type = try #require(KubeSchema.builtIn.type(named: "core/v1.PodSpec"))
        let patch = try #require(YAML.document(in: patch).object)
        #expect(throws: PatchError.self) { try StrategicMergePatch(schema: .builtIn).apply(patch, to: ["containers": [["name": "a"]]], type: type) }
    }
}
