// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
@testable import KubeSchema
import Testing

@Suite("Captured protobuf bodies")
struct ProtobufCaptureTests {
    static let transcoder = ProtobufTranscoder(schema: .builtIn)

    /// The load moved on between the two looks at custom metrics.
    private static let measured: Set = ["items[0].timestamp", "items[0].value", "items[1].timestamp", "items[1].value"]
    static let vectors = [
        ProtobufVector(name: "node-metrics"), ProtobufVector(name: "pod-metrics"), ProtobufVector(name: "pod-metrics-list"),
        ProtobufVector(name: "hpa-v1"), ProtobufVector(name: "hpa-v2"), ProtobufVector(name: "custom-v1beta1", changed: measured),
        ProtobufVector(name: "custom-v1beta2", changed: measured), ProtobufVector(name: "external"),
    ]

    @Test("a body decodes to the JSON that the server gives of the object", arguments: vectors)
    func decoding(vector: ProtobufVector) throws {
        let object = try Self.transcoder.decode(vector.body, expected: nil)
        let differences = try Set(JSONValue.object(object).differences(from: vector.json))
        #expect(differences == vector.changed)
    }

    @Test("an object encodes to the body that it was decoded from, to the byte", arguments: vectors)
    func encodingAgain(vector: ProtobufVector) throws {
        let body = try vector.body
        let object = try Self.transcoder.decode(body, expected: nil)
        #expect(try Self.transcoder.encode(object) == body)
    }

    @Test("the JSON twin encodes to the body, to the byte", arguments: vectors.filter(\.changed.isEmpty))
    func encodingTheTwin(vector: ProtobufVector) throws {
        let object = try #require(vector.json.object)
        #expect(try Self.transcoder.encode(object) == vector.body)
    }

    @Test("the JSON twin survives the way through protobuf", arguments: vectors)
    func twinRoundTrip(vector: ProtobufVector) throws {
        let json = try vector.json
        let body = try Self.transcoder.encode(try #require(json.object))
        #expect(JSONValue.object(try Self.transcoder.decode(body, expected: nil)).differences(from: json) == [])
    }
}
