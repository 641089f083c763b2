// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

extension StoreConformance {
    static let writes: [StoreConformance] = [
        StoreConformance("a new object gets the next revision and is there to read") { make in
            let store = try await make(Options())
            try expect(store.revision, 0, "revision of an empty store")
            let created = try await store.create("a")
            try expect(created.resourceVersion, "1", "first revision")
            try expect(try await store.create("b").resourceVersion, "2", "second revision")
            try expect(store.get(Sample.key("a")), created, "the object read")
            try expect(store.get(Sample.key("a", namespace: "other")), nil, "the same name in another namespace")
            try expect(store.get(Sample.key("a", Sample.deployments)), nil, "the same name of another resource")
            try expect(store.revision, 2, "revision of the store")
        },
        StoreConformance("a key is taken once") { make in
            let store = try await make(Options())
            let created = try await store.create("a", value: 1)
            try await expect(.alreadyExists, "second creation") { _ = try await store.create("a", value: 2) }
            try expect(store.get(Sample.key("a")), created, "the object after it")
            try expect(store.revision, 1, "revision after it")
        },
        StoreConformance("an update must name the last write") { make in
            let store = try await make(Options())
            var object = try await store.create("a")
            object.set(1, at: "spec", "value")
            let updated = try await store.update(object, at: Sample.key("a"), expected: 1)
            try expect(updated.resourceVersion, "2", "revision of the update")
            try expect(updated.value(at: "spec", "value"), 1, "content of the update")
            object.set(2, at: "spec", "value")
            try await expect(.conflict, "a stale update") { _ = try await store.update(object, at: Sample.key("a"), expected: 1) }
            try await expect(.notFound, "an update of nothing") { _ = try await store.update(object, at: Sample.key("b"), expected: 1) }
            try expect(store.get(Sample.key("a")), updated, "the object after both")
            try expect(store.revision, 2, "revision after both")
        },
        StoreConformance("an update to a text that only looks the same is a write") { make in
            let store = try await make(Options())
            var object = try await store.create("a")
            object.set("caf\u{E9}", at: "spec", "value")
            object = try await store.update(object, at: Sample.key("a"), expected: 1)
            object.set("cafe\u{301}", at: "spec", "value")
            let updated = try await store.update(object, at: Sample.key("a"), expected: 2)
            try expect(updated.resourceVersion, "3", "revision of the update")
            let bytes = store.get(Sample.key("a"))?.value(at: "spec", "value")?.string.map { Array($0.utf8) }
            try expect(bytes, Array("cafe\u{301}".utf8), "the text's bytes")
        },
        StoreConformance("an update that changes nothing takes no revision") { make in
            let store = try await make(Options())
            var object = try await store.create("a")
            object.resourceVersion = ""
            try expect(try await store.update(object, at: Sample.key("a"), expected: 1).resourceVersion, "1", "revision of the object")
            try expect(store.revision, 1, "revision of the store")
            try await expect(.conflict, "a stale one") { _ = try await store.update(object, at: Sample.key("a"), expected: 7) }
        },
        StoreConformance("a deletion takes a revision and gives the last state with it") { make in
            let store = try await make(Options())
            let created = try await store.create("a", value: 5)
            try await expect(.conflict, "a stale deletion") { _ = try await store.delete(Sample.key("a"), expected: 9) }
            let deleted = try await store.delete(Sample.key("a"), expected: 1)
            try expect(deleted.resourceVersion, "2", "revision of the deletion")
            try expect(deleted.spec, created.spec, "last state")
            try expect(store.get(Sample.key("a")), nil, "the object after it")
            try await expect(.notFound, "second deletion") { _ = try await store.delete(Sample.key("a"), expected: nil) }
            try expect(try await store.create("a").resourceVersion, "3", "revision of the next object of that name")
            try expect(try await store.delete(Sample.key("a"), expected: nil).resourceVersion, "4", "revision of a deletion of any state")
        },
        StoreConformance("what is stored is read back as it was, whatever it holds") { make in
            let store = try await make(Options())
            var object = Sample.object("a")
            object["spec"] = [
                "empty": ["list": [], "object": [:], "text": "", "null": .null], "": "an empty key",
                "text": "\u{0}\u{1F}\"\\/\u{7F}\u{2028}\u{10FFFF}é",
                "integers": [.integer(.max), .integer(.min), 0, -1],
                "numbers": [.number(0.1), .number(1e300), .number(-.leastNonzeroMagnitude), .number(1e21)],
                "large": .string(String(repeating: "x", count: 1_500_000)),
            ]
            let created = try await store.create(object, at: Sample.key("a"))
            try expect(created.isIdentical(to: object.stamped(1)), true, "the answer is what was written")
            try expect(store.get(Sample.key("a"))?.isIdentical(to: created), true, "what is read is what was written")
        },
        StoreConformance("the last write to a resource is its own, not another's") { make in
            let store = try await make(Options())
            try expect(store.lastWrite(to: Sample.pods), 0, "before any")
            _ = try await store.create("a")
            _ = try await store.create("b", Sample.deployments)
            try expect(store.lastWrite(to: Sample.pods), 1, "pods")
            try expect(store.lastWrite(to: Sample.deployments), 2, "deployments")
            _ = try await store.delete(Sample.key("a"), expected: nil)
            try expect(store.lastWrite(to: Sample.pods), 3, "pods after a deletion")
        },
        StoreConformance("names that only look alike are two") { make in
            let store = try await make(Options())
            _ = try await store.create("caf\u{E9}", value: 1)
            _ = try await store.create("cafe\u{301}", value: 2)
            try expect(store.get(Sample.key("caf\u{E9}"))?.value(at: "spec", "value"), 1, "the composed one")
            try expect(store.get(Sample.key("cafe\u{301}"))?.value(at: "spec", "value"), 2, "the decomposed one")
            try expect(store.list(Sample.pods, namespace: nil).objects.count, 2, "objects listed")
        },
    ]

    static let reads: [StoreConformance] = [
        StoreConformance("a list is in the order of namespace and name, by bytes") { make in
            let store = try await make(Options())
            for (namespace, name) in [("b", "x"), ("a", "z"), ("", "cluster"), ("a", "Z"), ("a-b", "m"), ("a", "z1"), ("a", "y")] {
                _ = try await store.create(name, namespace: namespace)
            }
            _ = try await store.create("other", Sample.deployments)
            let list = store.list(Sample.pods, namespace: nil)
            try expect(
                list.objects.map(\.namespacedName.description), ["cluster", "a/Z", "a/y", "a/z", "a/z1", "a-b/m", "b/x"], "all namespaces")
            try expect(list.revision, 8, "revision of the list")
            try expect(store.list(Sample.pods, namespace: "a").objects.map(\.name), ["Z", "y", "z", "z1"], "one namespace")
            try expect(store.list(Sample.pods, namespace: "none").objects.count, 0, "an unknown namespace")
            _ = try await store.delete(Sample.key("y", namespace: "a"), expected: nil)
            try expect(store.list(Sample.pods, namespace: "a").objects.map(\.name), ["Z", "z", "z1"], "after a deletion")
        }
    ]
}
