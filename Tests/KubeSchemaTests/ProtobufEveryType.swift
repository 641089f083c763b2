// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
@testable import KubeSchema

/// A kind with a field of every type, which no built-in kind has.
enum EveryType {
    static let rows = """
        package test/v1 test/v1 test.v1
        type Every kind cluster
          + meta/v1.TypeMeta -
          string string 1
          bool bool 2
          int32 int32 3
          int64 int64 4
          float64 float64 5
          bytes bytes 6
          quantity quantity 7
          intOrString intOrString 8
          time time 9
          microTime microTime 10
          duration duration 11
          raw rawExtension 12
          next *Every 13
          wrapped wrapped[]string 14
          + Inner 15
          strings []string 16
          numbers []int32 17
          doubles []float64 18
          flags []bool 19
          moments []time 20
          sets map:wrapped[]string 21
          counts map:int64 22
          blobs map:bytes 23
          inners map:Inner 24
          raws []rawExtension 25
          pString *string 31
          pBool *bool 32
          pInt32 *int32 33
          pInt64 *int64 34
          pFloat64 *float64 35
          pQuantity *quantity 37
          pIntOrString *intOrString 38
          pTime *time 39
          pMicroTime *microTime 40
          pDuration *duration 41
          pRaw *rawExtension 42
          alwaysString! string 51
          alwaysList! []string 52
          alwaysPointer! *Inner 53
          hidden string -
        type Inner
          inner string 1
        """

    static let transcoder: ProtobufTranscoder = {
        var schema = KubeSchema.builtIn
        do { try schema.add(rows: [rows]) } catch { fatalError("\(error)") }
        return ProtobufTranscoder(schema: schema)
    }()

    static func decode(_ raw: [UInt8]) throws(ProtobufError) -> JSONObject {
        var object = try transcoder.decode(WireBytes.envelope("test/v1", "Every", raw), expected: nil)
        (object["apiVersion"], object["kind"]) = (nil, nil)
        return object
    }

    /// The message that members encode to, without the envelope.
    static func encode(_ members: JSONObject) throws -> [UInt8] {
        var object = members
        (object["apiVersion"], object["kind"]) = ("test/v1", "Every")
        let body = try transcoder.encode(object)
        let envelope = try ProtobufEnvelope(body)
        return Array(body[envelope.raw])
    }
}
