// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
@testable import KubeSchema
import TestKit
import Testing

@Suite("Mutated protobuf")
struct ProtobufFuzzTests {
    /// A body's kind, and the message in its envelope.
    private struct Seed {
        var kind: GroupVersionKind
        var message: [UInt8]

        init(_ body: [UInt8]) throws {
            let envelope = try ProtobufEnvelope(body)
            kind = try envelope.groupVersionKind(expected: nil)
            message = Array(body[envelope.raw])
        }

        func body(_ message: [UInt8]) -> [UInt8] { WireBytes.envelope(kind.apiVersion, kind.kind, message) }
    }

    private static func seeds() throws -> [Seed] {
        var bodies = try ["node-metrics", "pod-metrics", "custom-v1beta1", "external"].map { try ProtobufVector(name: $0).body }
        for text in ProtobufSamples.all { bodies.append(try EveryType.transcoder.encode(try #require(try JSONValue.parse(text).object))) }
        let values = ProtobufValueTests.cases.flatMap(\.bytes)
        bodies.append(WireBytes.envelope("test/v1", "Every", values + WireBytes.field(13, values)))
        for one in ProtobufValueTests.cases { bodies.append(WireBytes.envelope("test/v1", "Every", one.bytes)) }
        return try bodies.map(Seed.init)
    }

    @Test("mutated bodies are decoded or refused, and what is decoded can be encoded and is stable", arguments: [1, 2] as [UInt64])
    func mutations(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let seeds = try Self.seeds()
        var decoded = 0
        for _ in 0..<10_000 {
            let one = random.one(of: seeds)
            // Now and then the envelope too.
            let body = random.happens(0.1) ? Self.mutated(one.body(one.message), &random) : one.body(Self.mutated(one.message, &random))
            do throws(ProtobufError) {
                let object = try EveryType.transcoder.decode(body, expected: nil)
                decoded += 1
                // Nulls and empty lists may be gone after one round; the next one changes nothing.
                let once = try EveryType.transcoder.encode(object)
                let again = try EveryType.transcoder.encode(EveryType.transcoder.decode(once, expected: nil))
                if once != again { Issue.record("not stable: \(body)") }
            } catch {
                if error.message.isEmpty || error.code == .unencodable { Issue.record("\(error): \(body)") }
            }
        }
        #expect(decoded > 1500, "mutations that leave nothing to read test little")
    }

    @Test(
        "what is repeated many times is read in one go",
        arguments: [
            [0x68, 0], [0x6A, 0], [0x82, 1, 1, 0x61], [0x88, 1, 1], [0xB2, 1, 5, 0x0A, 1, 0x61, 0x10, 1], [0xC2, 1, 0], [0xCA, 1, 0],
            [0xA2, 6, 1, 0],
        ] as [[UInt8]])
    func repetitions(field: [UInt8]) throws {
        let message = [UInt8]((0..<20_000).map { _ in field }.joined())
        if field[0] == 0x68 {
            #expect(throws: ProtobufError.self) { try EveryType.decode(message) }
        } else {
            let object = try EveryType.decode(message)
            #expect(object["numbers"] == nil || object["numbers"]?.array?.count == 20_000)
            _ = try EveryType.encode(object)
        }
    }

    private static func mutated(_ body: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var body = body
        for _ in 0..<(random.happens(0.7) ? 1 : 3) where !body.isEmpty {
            let place = random.int(0...(body.count - 1))
            switch random.int(0...6) {
            case 0: body[place] = UInt8(random.int(0...255))
            case 1: body[place] ^= 1 << UInt8(random.int(0...7))
            case 2: body.remove(at: place)
            case 3: body.insert(contentsOf: WireBytes.varint(random.next() >> UInt64(random.int(0...63))), at: place)
            case 4: body.removeSubrange(place...)
            case 5: body.insert(contentsOf: body[place..<min(place + random.int(1...12), body.count)], at: place)
            default: body[place] = random.one(of: [0, 1, 0x7F, 0x80, 0xFF])
            }
        }
        return body
    }
}
