// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
@testable import KubeSchema
import Testing

@Suite("Protobuf round trips")
struct ProtobufRoundTripTests {
    let transcoder = ProtobufTranscoder(schema: .builtIn)

    /// All but the definitions of custom resources.
    static let kinds = KubeSchema.builtIn.kinds.filter { $0.group != CustomResourceDefinition.group }.sorted { "\($0)" < "\($1)" }

    /// As the server stores it: decoded, with defaults.
    private func stored(_ text: String) throws -> JSONObject {
        let json = try JSONValue.parse(text)
        let kind = GroupVersionKind(apiVersion: json["apiVersion"]?.string ?? "", kind: json["kind"]?.string ?? "")
        return try ObjectPipeline().decode(Array(text.utf8), as: kind, fieldValidation: .strict).object.json
    }

    private func difference(afterProtobuf object: JSONObject) throws -> [String] {
        let body = try transcoder.encode(object)
        let decoded = try transcoder.decode(body, expected: nil)
        #expect(try transcoder.encode(decoded) == body)
        return JSONValue.object(decoded).differences(from: .object(object))
    }

    @Test("rich objects come back as they were", arguments: ProtobufSamples.all)
    func richObjects(text: String) throws {
        let object = try stored(text)
        #expect(try difference(afterProtobuf: object) == [])
    }

    @Test("an object with nothing set comes back as Go prints it", arguments: kinds)
    func emptyObjects(kind: GroupVersionKind) throws {
        let body = try transcoder.encode(["apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind)])
        let decoded = try transcoder.decode(body, expected: nil)
        #expect(try transcoder.encode(decoded) == body)
        // An empty message stands for the same object.
        let empty = try transcoder.decode(WireBytes.envelope(kind.apiVersion, kind.kind, []), expected: nil)
        #expect(empty == decoded)
        // The schema's decoder leaves out null pointers, which Go writes where there is no `omitempty`.
        var decoder = SchemaDecoder(schema: .builtIn)
        let type = try #require(KubeSchema.builtIn.kind(kind))
        let formed = try decoder.decode(.object(decoded), as: type)
        let differences = formed.differences(from: .object(decoded))
        #expect(differences.allSatisfy { JSONValue.object(decoded).value(at: ArraySlice($0.split(separator: ".").map(String.init))) == .null })
    }

    @Test("lists of any kind are encoded, without the kinds of their items")
    func lists() throws {
        let pod: JSONObject = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "a"], "spec": ["containers": [["name": "c", "resources": [:]]]], "status": [:],
        ]
        let list: JSONObject = [
            "apiVersion": "v1", "kind": "PodList", "metadata": ["resourceVersion": "7", "remainingItemCount": 0], "items": [.object(pod)],
        ]
        let decoded = try transcoder.decode(try transcoder.encode(list), expected: nil)
        #expect(JSONValue.object(decoded).differences(from: .object(list)) == ["items[0].apiVersion", "items[0].kind"])
        for kind in Self.kinds {
            #expect(transcoder.supports(GroupVersionKind(group: kind.group, version: kind.version, kind: kind.kind + "List")))
        }
    }

    @Test("a list without items is as long as its metadata")
    func emptyList() throws {
        let list: JSONObject = ["apiVersion": "v1", "kind": "PodList", "metadata": [:], "items": []]
        let raw: [UInt8] = [0x0A, 6, 0x0A, 0, 0x12, 0, 0x1A, 0]
        #expect(try transcoder.encode(list) == WireBytes.envelope("v1", "PodList", raw))
        #expect(try transcoder.decode(WireBytes.envelope("v1", "PodList", raw), expected: nil)["items"] == .null)
    }

    @Test("statuses, options and partial metadata have protobuf in the versions that upstream registers them in")
    func commonKinds() throws {
        let status: JSONObject = [
            "apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Failure", "message": "pods \"a\" not found", "reason": "NotFound",
            "details": ["name": "a", "kind": "pods", "causes": [["reason": "x", "message": "y", "field": "z"]]], "code": 404,
        ]
        #expect(try difference(afterProtobuf: status) == [])
        for version in ["v1", "apps/v1", "meta.k8s.io/v1", "example.com/v1"] {
            let options: JSONObject = [
                "apiVersion": .string(version), "kind": "DeleteOptions", "gracePeriodSeconds": 0, "orphanDependents": false,
                "propagationPolicy": "", "preconditions": ["uid": "u", "resourceVersion": ""], "dryRun": ["All"],
            ]
            #expect(try difference(afterProtobuf: options) == [])
            for kind in ["CreateOptions", "PatchOptions", "UpdateOptions"] {
                #expect(try difference(afterProtobuf: ["apiVersion": .string(version), "kind": .string(kind), "fieldManager": "kubectl"]) == [])
            }
        }
        let scale: JSONObject = [
            "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": ["name": "web"], "spec": ["replicas": 3],
            "status": ["replicas": 2, "selector": "a=b"],
        ]
        #expect(try difference(afterProtobuf: scale) == [])
        for version in ["v1", "v1beta1"] {
            let partial: JSONObject = [
                "apiVersion": .string("meta.k8s.io/\(version)"), "kind": "PartialObjectMetadataList", "metadata": ["resourceVersion": "1"],
                "items": [["metadata": ["name": "a", "labels": ["b": ""]]]],
            ]
            #expect(try difference(afterProtobuf: partial) == [])
        }
    }

    @Test("a list of resources holds its verbs in a message of their own")
    func wrappedLists() throws {
        let resources: JSONObject = [
            "apiVersion": "v1", "kind": "APIResourceList", "groupVersion": "v1",
            "resources": [["name": "pods", "singularName": "pod", "namespaced": true, "kind": "Pod", "verbs": ["get", "list"]]],
        ]
        #expect(try difference(afterProtobuf: resources) == [])
        let resource =
            WireBytes.field(1, "pods") + WireBytes.field(2, integer: 1) + WireBytes.field(3, "Pod")
            + WireBytes.field(4, WireBytes.field(1, "get") + WireBytes.field(1, "list")) + WireBytes.field(6, "pod") + WireBytes.field(8, "")
            + WireBytes.field(9, "") + WireBytes.field(10, "")
        #expect(
            try transcoder.encode(resources) == WireBytes.envelope("v1", "APIResourceList", WireBytes.field(1, "v1") + WireBytes.field(2, resource)))
    }

    @Test("definitions of custom resources have no protobuf here, nor have their lists", arguments: ["", "List"])
    func definitions(suffix: String) {
        for version in ["v1", "v1beta1"] {
            let kind = GroupVersionKind(group: CustomResourceDefinition.group, version: version, kind: "CustomResourceDefinition\(suffix)")
            #expect(!transcoder.supports(kind))
            #expect(throws: ProtobufError.self) { try transcoder.encode(["apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind)]) }
        }
    }

    @Test("kinds without protobuf are refused by name")
    func unsupportedKinds() throws {
        var schema = KubeSchema.builtIn
        try schema.add(rows: ["package example.com/v1 example.com/v1 -\ntype Widget kind namespaced\n  metadata? meta/v1.ObjectMeta 1"])
        let transcoder = ProtobufTranscoder(schema: schema)
        for (version, kind) in [
            ("example.com/v1", "Widget"), ("example.com/v1", "WidgetList"), ("example.com/v1", "Status"), ("meta.k8s.io/v1", "Table"), ("", ""),
        ] {
            #expect(!transcoder.supports(GroupVersionKind(apiVersion: version, kind: kind)))
            let error = #expect(throws: ProtobufError.self) { try transcoder.encode(["apiVersion": .string(version), "kind": .string(kind)]) }
            #expect(error?.code == .unknownKind)
            #expect(error?.message == "no kind \"\(kind)\" is registered for version \"\(version)\"")
        }
        #expect(transcoder.supports(GroupVersionKind(apiVersion: "example.com/v1", kind: "DeleteOptions")))
    }

    @Test("a frame of a watch has its length, and an event around the enveloped object")
    func watchEvent() throws {
        let object: JSONObject = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["resourceVersion": "12"], "spec": [:], "status": [:]]
        let frame = try transcoder.watchFrame(type: "BOOKMARK", enveloped: try transcoder.encode(object))
        let event = WireBytes.field(1, "BOOKMARK") + WireBytes.field(2, WireBytes.field(1, try transcoder.encode(object)))
        #expect(frame == [0, 0, 0, UInt8(event.count)] + event)
        var large = object
        large.set(.string(String(repeating: "x", count: 70_000)), at: "metadata", "annotations", "a")
        let body = try transcoder.encode(large)
        let longEvent = WireBytes.field(1, "ADDED") + WireBytes.field(2, WireBytes.field(1, body))
        let length = UInt32(longEvent.count)
        #expect(
            try transcoder.watchFrame(type: "ADDED", enveloped: body) == [
                0, UInt8(length >> 16), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF),
            ] + longEvent)
    }

    @Test("a list of encoded items is the list encoded whole, to the byte", arguments: [0, 1, 3, 200])
    func lists(count: Int) throws {
        let items: [JSONObject] = (0..<count).map { number in
            [
                "metadata": ["name": .string("item-\(number)"), "creationTimestamp": "2026-11-22T20:44:10Z"],
                "data": ["text": .string(String(repeating: "x", count: number))],
            ]
        }
        let messages = try items.map { item in
            var item = item
            (item["apiVersion"], item["kind"]) = ("v1", "ConfigMap")
            return try transcoder.encodeMessage(item)
        }
        let metadata: JSONObject = ["resourceVersion": "77", "continue": "more", "remainingItemCount": 5]
        let whole: JSONObject = [
            "apiVersion": "v1", "kind": "ConfigMapList", "metadata": .object(metadata), "items": .array(items.map { .object($0) }),
        ]
        let kind = GroupVersionKind(apiVersion: "v1", kind: "ConfigMapList")
        #expect(try transcoder.encodeList(kind, metadata: metadata, items: messages) == transcoder.encode(whole))
    }

    @Test("lengths are told before what they are of", arguments: [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])
    func lengths(length: Int) {
        var encoder = ProtobufEncoder(layouts: ProtobufLayouts(schema: .builtIn))
        encoder.head(2, length: length)
        #expect(ProtobufEncoder.delimitedLength(length) == encoder.bytes.count + length)
    }
}
