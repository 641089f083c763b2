// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Logging
import Synchronization
import Testing

@testable import MetricsAPI

@Suite("The directory of objects")
struct ObjectDirectoryTests {
    private static func name(_ text: String) -> NamespacedName { NamespacedName(namespace: "shop", name: text) }

    @Test("labels are found by key, in any number of sets")
    func labels() {
        let set = LabelSet(["app": "web", "app.kubernetes.io/name": "", "x": "app"])
        #expect(set["app"] == "web" && set["app.kubernetes.io/name"] == "" && set["x"] == "app" && set["web"] == nil && set["ap"] == nil)
        #expect(String(decoding: set.json, as: UTF8.self) == #"{"app":"web","app.kubernetes.io/name":"","x":"app"}"#)
        #expect(LabelSet.empty.isEmpty && LabelSet.empty["app"] == nil)
    }

    @Test("objects with the same labels share them, and the last one takes them along")
    func sharing() {
        var sets = LabelSets()
        let (one, two, other) = (sets.take(["a": "1"]), sets.take(["a": "1"]), sets.take(["a": "2"]))
        #expect(one === two && one !== other && sets.count == 2)
        sets.giveBack(one)
        #expect(sets.count == 2)
        sets.giveBack(two)
        #expect(sets.count == 1)
        // No API server lets such labels in; they must not break what is served.
        #expect(sets.take(["bad\"key": "x", "a": "2"]) === other)
        #expect(sets.take([:]) === LabelSet.empty && sets.count == 1)
    }

    @Test("lists are in the order of namespace and name as objects come and go")
    func order() {
        let directory = ObjectDirectory()
        for name in ["b", "c", "a"] { directory.insert(Self.name(name), labels: ["app": name], node: "n1") }
        directory.insert(NamespacedName(namespace: "bar", name: "z"), labels: ["app": "a"])
        func list(_ namespace: String = "", app: String? = nil) -> [String] {
            directory.list(namespace: namespace, where: { labels in app.map { labels["app"] == $0 } ?? true }).map(\.name.description)
        }
        #expect(list() == ["bar/z", "shop/a", "shop/b", "shop/c"])
        #expect(list("shop") == ["shop/a", "shop/b", "shop/c"] && list("none") == [])
        #expect(list(app: "a") == ["bar/z", "shop/a"])
        directory.remove(Self.name("b"))
        directory.insert(Self.name("d"), labels: [:])
        directory.remove(NamespacedName(namespace: "bar", name: "z"))
        #expect(list() == ["shop/a", "shop/c", "shop/d"])
        directory.insert(Self.name("a"), labels: ["app": "other"], node: "n2")
        #expect(list(app: "other") == ["shop/a"] && list(app: "a") == [])
        #expect(directory.isElsewhere(Self.name("a"), than: "n1") && !directory.isElsewhere(Self.name("a"), than: "n2"))
        #expect(!directory.isElsewhere(Self.name("d"), than: "n2") && !directory.isElsewhere(Self.name("nobody"), than: "n2"))
        directory.removeAll { $0.name == "c" }
        #expect(list() == ["shop/c"] && directory.count == 1)
    }

    /// Serves pods in pages, then a watch that never ends.
    private final class PagedAPI: Transport {
        let pods: Mutex<[String]>
        let requests = Mutex<[String]>([])

        init(_ pods: [String]) { self.pods = Mutex(pods) }

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            requests.withLock { $0.append(request.path) }
            guard !request.path.contains("watch=true") else {
                try await Task.sleep(for: .seconds(3600))
                throw CancellationError()
            }
            let start = request.path.split(separator: "&").first { $0.hasPrefix("continue=") }.flatMap { Int($0.dropFirst(9)) } ?? 0
            let all = pods.withLock { $0 }
            let end = min(start + PodFeed.pageSize, all.count)
            var metadata: JSONObject = ["resourceVersion": "7"]
            if end < all.count { metadata["continue"] = .string(String(end)) }
            let items = all[start..<end].map { name -> JSONValue in
                ["metadata": ["name": .string(name), "namespace": "shop", "uid": .string(name)], "spec": ["nodeName": "n1"]]
            }
            return ClientResponse(
                status: 200, body: ResponseBody(JSONValue.object(["kind": "PodList", "metadata": .object(metadata), "items": .array(items)]).encoded))
        }
    }

    @Test("pods are listed page by page, and what no page names is gone", .timeLimit(.minutes(1)))
    func pages() async throws {
        let directory = ObjectDirectory()
        directory.insert(Self.name("long-gone"), labels: [:])
        let api = PagedAPI((0..<1234).map { "pod-\($0)" })
        let feed = PodFeed(
            client: KubeClient(transport: api, userAgent: "test"), directory: directory, clock: ContinuousClock(), logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await feed.run() }
            while !feed.hasSynced { try await Task.sleep(for: .milliseconds(10)) }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(directory.count == 1234 && directory.get(Self.name("long-gone")) == nil && directory.get(Self.name("pod-1233"))?.node == "n1")
        let lists = api.requests.withLock { $0 }.filter { !$0.contains("watch=true") }
        #expect(lists.count == 3 && lists.allSatisfy { $0.contains("limit=500") && $0.contains("fieldSelector=status.phase%3DRunning") }, "\(lists)")
    }
}
