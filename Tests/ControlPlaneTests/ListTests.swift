// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore
import NIOHTTP1
import Testing

@testable import ControlPlane

@Suite("Lists in pieces and of a time")
struct ListTests {
    private static let maps = "/api/v1/namespaces/default/configmaps"

    private static func harness(_ names: [String], historyCapacity: Int = 1000) async throws -> Harness {
        let harness = try await Harness(historyCapacity: historyCapacity)
        for name in names { try await harness.send(.POST, maps, Manifests.configMap(name, labels: ["suite": "lists"])) }
        return harness
    }

    private static func names(_ list: Harness.Reply) -> [String] {
        list.json["items"]?.array?.compactMap { $0.value(at: "metadata", "name")?.string } ?? []
    }

    @Test("pieces are all of the revision at which the first was read, whatever is written meanwhile")
    func pieces() async throws {
        let harness = try await Self.harness(["a", "b", "c", "d", "e"])
        let first = try await harness.send(.GET, Self.maps + "?limit=2&labelSelector=suite%3Dlists")
        #expect(Self.names(first) == ["a", "b"])
        // Counted only without selectors.
        #expect(first.value(at: "metadata", "remainingItemCount") == nil)
        let token = try #require(first.value(at: "metadata", "continue")?.string)
        try await harness.send(.DELETE, Self.maps + "/c")
        try await harness.send(.POST, Self.maps, Manifests.configMap("cc", labels: ["suite": "lists"]))
        _ = try await harness.patch(Self.maps + "/d", ["data": ["late": "yes"]])
        let second = try await harness.send(.GET, Self.maps + "?limit=2&labelSelector=suite%3Dlists&continue=\(token)")
        #expect(Self.names(second) == ["c", "d"])
        #expect(second.json["items"]?.array?.last?["data"] == nil)
        #expect(second.value(at: "metadata", "resourceVersion") == first.value(at: "metadata", "resourceVersion"))
        let last = try #require(second.value(at: "metadata", "continue")?.string)
        let third = try await harness.send(.GET, Self.maps + "?limit=2&labelSelector=suite%3Dlists&continue=\(last)")
        #expect(Self.names(third) == ["e"])
        #expect(third.value(at: "metadata", "continue") == nil)
    }

    @Test("without selectors the first piece says how many are left; over all namespaces pieces go on in the next")
    func remaining() async throws {
        let harness = try await Self.harness(["a", "b"])
        try await harness.send(.POST, "/api/v1/namespaces/kube-system/configmaps", Manifests.configMap("a"))
        var names: [String] = []
        var uri = "/api/v1/configmaps?limit=1"
        var left: [Int64] = []
        while true {
            let piece = try await harness.send(.GET, uri)
            names +=
                piece.json["items"]?.array?.compactMap { item in
                    "\(item.value(at: "metadata", "namespace")?.string ?? "")/\(item.value(at: "metadata", "name")?.string ?? "")"
                } ?? []
            guard let token = piece.value(at: "metadata", "continue")?.string else { break }
            left.append(piece.value(at: "metadata", "remainingItemCount")?.int ?? -1)
            uri = "/api/v1/configmaps?limit=1&continue=\(token)"
        }
        #expect(names == ["default/a", "default/b", "kube-system/a"])
        #expect(left == [2, 1])
        // The present, whatever it is, comes whole.
        #expect(Self.names(try await harness.send(.GET, Self.maps + "?limit=1&resourceVersion=0")) == ["a", "b"])
    }

    @Test("a time that is forgotten is told, with a token to go on from at the present")
    func forgotten() async throws {
        let harness = try await Self.harness(["a", "b", "c"], historyCapacity: 4)
        let first = try await harness.send(.GET, Self.maps + "?limit=1")
        let token = try #require(first.value(at: "metadata", "continue")?.string)
        for number in 0..<6 { _ = try await harness.patch(Self.maps + "/c", ["data": ["n": .string("\(number)")]]) }
        let gone = try await harness.send(.GET, Self.maps + "?limit=1&continue=\(token)")
        #expect(gone.code == 410)
        #expect(gone.value(at: "reason") == "Expired")
        #expect(gone.message.hasPrefix("The provided continue parameter is too old to display a consistent list result."))
        let other = try #require(gone.value(at: "metadata", "continue")?.string)
        let second = try await harness.send(.GET, Self.maps + "?continue=\(other)")
        #expect(Self.names(second) == ["b", "c"])
        let version = try #require(first.value(at: "metadata", "resourceVersion")?.string)
        let exact = try await harness.send(.GET, Self.maps + "?resourceVersion=\(version)&resourceVersionMatch=Exact")
        #expect(exact.code == 410)
        #expect(exact.message == "The resourceVersion for the provided list is too old.")
    }

    @Test("a list can be of exactly a revision, or of one no older")
    func revisions() async throws {
        let harness = try await Self.harness(["a"])
        let before = try #require(try await harness.send(.GET, Self.maps).value(at: "metadata", "resourceVersion")?.string)
        try await harness.send(.POST, Self.maps, Manifests.configMap("b"))
        let exact = try await harness.send(.GET, Self.maps + "?resourceVersion=\(before)&resourceVersionMatch=Exact")
        #expect(Self.names(exact) == ["a"])
        #expect(exact.value(at: "metadata", "resourceVersion")?.string == before)
        #expect(Self.names(try await harness.send(.GET, Self.maps + "?resourceVersion=\(before)&resourceVersionMatch=NotOlderThan")) == ["a", "b"])
        #expect(Self.names(try await harness.send(.GET, Self.maps + "?resourceVersion=\(before)&limit=5")) == ["a"])
        let early = try await harness.send(.GET, Self.maps + "?resourceVersion=100000")
        #expect(early.code == 504)
        #expect(early.value(at: "details", "causes")?.array?.first?["reason"] == "ResourceVersionTooLarge")
    }

    @Test(
        "options that exclude one another are refused",
        arguments: [
            ("resourceVersionMatch=Exact", 422, "resourceVersionMatch is forbidden unless resourceVersion is provided"),
            ("resourceVersionMatch=Exact&resourceVersion=0", 422, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""),
            ("resourceVersionMatch=Best&resourceVersion=1", 422, "supported values: \"Exact\", \"NotOlderThan\", \"\""),
            ("sendInitialEvents=true", 422, "sendInitialEvents is forbidden for list"),
            ("continue=nonsense", 400, "invalid continue token: continue key is not valid"),
            (
                "continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJkZWZhdWx0L2EifQ&resourceVersion=5", 400,
                "is not allowed when using continue"
            ),
            ("continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MCwic3RhcnQiOiJhIn0", 400, "incorrect encoded start resourceVersion"),
            ("limit=many", 400, "is no number"), ("resourceVersion=new", 422, "invalid syntax"),
            ("watch=true&resourceVersionMatch=NotOlderThan", 422, "forbidden for watch unless sendInitialEvents is provided"),
            ("watch=true&sendInitialEvents=true", 422, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"),
            ("watch=true&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1", 422, "supported values: \"NotOlderThan\""),
        ])
    func refusals(query: String, code: UInt, message: String) async throws {
        let harness = try await Self.harness([])
        let reply = try await harness.send(.GET, Self.maps + "?" + query)
        #expect(reply.code == code)
        #expect(reply.message.contains(message), "\(reply.message)")
    }

    @Test("a watch can begin with what there is, and tells where that ends")
    func watchList() async throws {
        let harness = try await Self.harness(["a", "b"])
        let revision = harness.store.objects.revision
        let query = "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1"
        let watch = try await harness.send(.GET, Self.maps + query)
        #expect(watch.events.prefix(3) == ["ADDED a", "ADDED b", "BOOKMARK "])
        let bookmark = try #require(watch.lines.dropFirst(2).first?["object"])
        #expect(bookmark["kind"] == "ConfigMap")
        #expect(bookmark.value(at: "metadata", "resourceVersion")?.string == String(revision))
        #expect(bookmark.value(at: "metadata", "annotations") == ["k8s.io/initial-events-end": "true"])
        let without = try await harness.send(
            .GET, Self.maps + "?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&timeoutSeconds=1")
        #expect(without.events == [])
    }

    @Test("bookmarks tell of revisions that other resources brought, never of one with an event still to come")
    func bookmarks() async throws {
        let harness = try await Self.harness(["a"])
        let watch = try harness.store.objects.watch(.init(group: "", resource: "configmaps"), namespace: nil, after: harness.store.objects.revision)
        try await harness.send(.POST, "/api/v1/namespaces/default/secrets", ["metadata": ["name": "s"]])
        watch.mark()
        #expect(try await Self.item(watch) == "mark \(harness.store.objects.revision)")
        try await harness.send(.POST, Self.maps, Manifests.configMap("b"))
        watch.mark()
        #expect(try await Self.item(watch) == "event b")
        #expect(try await Self.item(watch) == "mark \(harness.store.objects.revision)")
    }

    private static func item(_ watch: StoreWatch) async throws -> String {
        switch try await watch.nextItem() {
        case .event(let event)?: "event \(event.key.name)"
        case .mark(let revision)?: "mark \(revision)"
        case nil: "end"
        }
    }

    @Test("a watch that ends soon tells how far it came before it does")
    func lastBookmark() async throws {
        let harness = try await Self.harness(["a"])
        let start = harness.store.objects.revision
        try await harness.send(.POST, "/api/v1/namespaces/default/secrets", ["metadata": ["name": "s"]])
        let watch = try await harness.send(
            .GET, Self.maps + "?watch=true&resourceVersion=\(start)&allowWatchBookmarks=true&timeoutSeconds=3")
        #expect(watch.events == ["BOOKMARK "])
        #expect(watch.lines.first?.value(at: "object", "metadata", "resourceVersion")?.string == String(start + 1))
    }
}
