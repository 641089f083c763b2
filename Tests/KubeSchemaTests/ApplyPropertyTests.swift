// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

@Suite("What always holds of apply")
struct ApplyPropertyTests {
    /// Configurations in which every field may be missing, so that they meet in all ways.
    struct Generator {
        var random: SplitMix
        var kind: GroupVersionKind

        mutating func isChosen(_ oneIn: Int = 2) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }
        mutating func value() -> JSONValue { JSONValue(Int.random(in: 1...2, using: &random)) }
        mutating func text() -> JSONValue { .string(["x", "y"].randomElement(using: &random) ?? "") }

        mutating func object(_ fields: [(String, (inout Generator) -> JSONValue?)]) -> JSONValue? {
            var object = JSONObject()
            for (name, field) in fields where isChosen() { object[name] = field(&self) }
            return object.isEmpty ? nil : .object(object)
        }

        mutating func list(_ key: String, _ names: [JSONValue], _ element: (inout Generator) -> JSONValue?) -> JSONValue? {
            var list: [JSONValue] = []
            for name in names.shuffled(using: &random) where isChosen() {
                var item = element(&self) ?? [:]
                item[key] = name
                list.append(item)
            }
            return list.isEmpty ? nil : .array(list)
        }

        mutating func configuration() throws -> KubeObject {
            let container: (inout Generator) -> JSONValue? = { generator in
                generator.object([
                    ("image", { $0.text() }), ("args", { [$0.text()] }),
                    ("env", { $0.list("name", ["A", "B", "C"]) { $0.object([("value", { $0.text() })]) } }),
                    (
                        "ports",
                        {
                            $0.list("containerPort", [1, 2]) {
                                $0.object([("protocol", { $0.isChosen() ? "UDP" : "TCP" }), ("name", { $0.text() })])
                            }
                        }
                    ),
                    ("livenessProbe", { $0.object([("periodSeconds", { $0.value() }), ("timeoutSeconds", { $0.value() })]) }),
                ])
            }
            let template: (inout Generator) -> JSONValue? = { generator in
                generator.object([
                    (
                        "spec",
                        {
                            $0.object([
                                ("containers", { $0.list("name", ["c", "d"], container) }), ("nodeSelector", { ["n": $0.text()] }),
                                ("hostNetwork", { .bool($0.isChosen()) }),
                            ])
                        }
                    )
                ])
            }
            let metadata: (inout Generator) -> JSONValue? = { generator in
                generator.object([
                    ("labels", { $0.object([("a", { $0.text() }), ("b", { $0.text() })]) }),
                    (
                        "finalizers",
                        { generator in
                            let kept = ["x", "y", "z"].shuffled(using: &generator.random).filter { _ in generator.isChosen() }
                            return kept.isEmpty ? nil : JSONValue(kept)
                        }
                    ),
                ])
            }
            let spec: (inout Generator) -> JSONValue? = { generator in
                generator.object([
                    ("replicas", { $0.value() }), ("paused", { .bool($0.isChosen()) }), ("selector", { ["matchLabels": ["a": $0.text()]] }),
                    ("template", template),
                ])
            }
            let json = object([("metadata", metadata), ("spec", spec), ("spec", spec)]) ?? [:]
            return try ApplyBench.object(kind, json.encodedText)
        }
    }

    private static let kinds = [ApplyBench.deployment, ApplyBench.widget]
    private let engine = ApplyEngine(schema: .builtIn)

    /// The fields of an object, with those that only hold others.
    private func fields(_ object: KubeObject) -> FieldSet {
        let shape = engine.shapes.shape(of: object.groupVersionKind)
        var json = JSONValue.object(object.json)
        json["metadata"]?["managedFields"] = nil
        return engine.shapes.withNamedFields(engine.shapes.ownedFields(json, shape: shape), shape: shape)
    }

    private func entries(_ object: KubeObject) throws -> [ManagedFieldsEntry] {
        try (object.value(at: "metadata", "managedFields")?.array ?? []).map { json in try ManagedFieldsEntry(json) }
    }

    @Test("applying twice is applying once, and nobody owns what isn't there", arguments: kinds)
    func idempotence(kind: GroupVersionKind) throws {
        for seed in UInt64(0)..<60 {
            var generator = Generator(random: SplitMix(seed: seed), kind: kind)
            var object: KubeObject?
            for step in 0..<6 {
                let configuration = try generator.configuration()
                let manager = ["a", "b", "c"].randomElement(using: &generator.random) ?? ""
                let time = Timestamp(seconds: Int64(step + 1))
                if step % 3 == 2, let live = object {
                    // The updater knows the managers, as one does that reads the object first.
                    object = engine.noteUpdate(from: live, to: configuration, kind: kind, manager: manager, now: time)
                    let noted = try #require(object)
                    let again = engine.noteUpdate(from: noted, to: noted, kind: kind, manager: "other", now: Timestamp(seconds: 999))
                    #expect(again == noted, "seed \(seed), step \(step)")
                } else {
                    let once = try engine.apply(configuration, to: object, kind: kind, manager: manager, force: true, now: time)
                    let twice = try engine.apply(configuration, to: once, kind: kind, manager: manager, force: false, now: Timestamp(seconds: 999))
                    #expect(once == twice, "seed \(seed), step \(step)")
                    object = once
                }
                let current = try #require(object)
                for entry in try entries(current) {
                    #expect(entry.fields.difference(fields(current)).isEmpty, "seed \(seed), step \(step): \(entry.manager)")
                    #expect(entry.fields.intersection(ApplyEngine.strippedFields).isEmpty)
                }
            }
        }
    }

    @Test("what one manager applied and dropped again leaves what others own", arguments: kinds)
    func dropping(kind: GroupVersionKind) throws {
        var applied = 0
        for seed in UInt64(100)..<220 {
            var generator = Generator(random: SplitMix(seed: seed), kind: kind)
            let nothing = try ApplyBench.object(kind, "{}")
            var object = try engine.apply(generator.configuration(), to: nil, kind: kind, manager: "b", force: true, now: Timestamp(seconds: 1))
            object = engine.noteUpdate(from: object, to: object, kind: kind, manager: "u", now: Timestamp(seconds: 2))
            object = try engine.apply(generator.configuration(), to: object, kind: kind, manager: "c", force: true, now: Timestamp(seconds: 3))
            let mine = try generator.configuration()
            guard let with = try? engine.apply(mine, to: object, kind: kind, manager: "a", force: false, now: Timestamp(seconds: 4)) else { continue }
            applied += 1
            let without = try engine.apply(nothing, to: with, kind: kind, manager: "a", force: false, now: Timestamp(seconds: 5))
            #expect(try entries(without) == entries(object), "seed \(seed)")
            #expect(fields(without) == fields(object), "seed \(seed)")
        }
        #expect(applied > 5)
    }
}
