// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import KubeModel
import KubeStore
import KubeStoreSQLite

// Measures the store alone: durable writes, reads and watch fan-out, with objects of about 3 kB. `make bench`.
// Figures are printed one a line: what, how many a second, and the CPU time of one.

do {
    try await StoreBench(directory: CommandLine.arguments.dropFirst().first ?? "/tmp/updraft-bench-\(getpid())").run()
} catch {
    print("store-bench: \(error)")
    exit(1)
}

struct StoreBench {
    let directory: String
    private let resource = GroupResource(group: "", resource: "pods")

    init(directory: String) { self.directory = directory }

    func run() async throws {
        let store = try await SQLiteStore.open(directory: directory)
        try await measure("create, 1 writer", 500) { try await create(store, "single", count: 500) }
        for writers in [16, 256] {
            let each = 8192 / writers
            try await measure("create, \(writers) writers", writers * each) {
                try await concurrently(writers) { try await create(store, "w\(writers)-\($0)", count: each) }
            }
        }
        try await measure("update, 64 writers", 64 * 128) { try await concurrently(64) { try await update(store, "w256-\($0)-0", times: 128) } }
        try await measure("get", 1_000_000) { for number in 0..<1_000_000 { _ = store.get(key("w16-3-\(number & 255)")) } }
        try await measure("list of \(store.list(resource, namespace: nil).objects.count) objects", 100) {
            for _ in 0..<100 { _ = store.list(resource, namespace: nil) }
        }
        try await fanOut(store, watchers: 1000, events: 100)
        try await store.close()
        try await measure("open", 1) { try await SQLiteStore.open(directory: directory).close() }
        remove(directory)
        try await endless("the last 10,000 events remembered", StoreLimits())
        try await endless("nothing forgotten", StoreLimits(historyCapacity: 10_000_000, historyBytes: .max))
    }

    /// Updates without end of the same few objects: how large the store becomes, and what removing costs the writers.
    private func endless(_ what: String, _ limits: StoreLimits) async throws {
        let (writers, each) = (64, 1000)
        let store = try await SQLiteStore.open(directory: directory, limits: limits)
        try await create(store, "endless", count: writers)
        let started = ContinuousClock.now
        let latencies = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for writer in 0..<writers { group.addTask { try await updateTimed(store, "endless-\(writer)", times: each) } }
            return try await group.reduce(into: []) { $0 += $1 }.sorted()
        }
        let elapsed = started.duration(to: .now) / .seconds(1)
        await store.becomeIdle()
        let figures = try store.figures()
        func milliseconds(_ quantile: Double) -> Double {
            (latencies[Int(Double(latencies.count - 1) * quantile)] / .milliseconds(1) * 10).rounded() / 10
        }
        print(
            "\(writers * each) updates of \(writers) objects, \(what): \(Int(Double(writers * each) / elapsed)) a second, "
                + "median \(milliseconds(0.5)) ms, p99 \(milliseconds(0.99)) ms, longest \(milliseconds(1)) ms; "
                + "\(figures.rows) rows, \(figures.pages.bytes >> 20) MiB on disk, of which \(figures.pages.free * figures.pages.size >> 20) MiB free"
        )
        try await store.close()
        remove(directory)
    }

    private func updateTimed(_ store: SQLiteStore, _ name: String, times: Int) async throws -> [Duration] {
        guard var object = store.get(key(name)) else { return [] }
        var latencies: [Duration] = []
        for number in 0..<times {
            object.set(JSONValue(number), at: "status", "value")
            let started = ContinuousClock.now
            object = try await store.update(object, at: key(name), expected: Int64(object.resourceVersion) ?? 0)
            latencies.append(started.duration(to: .now))
        }
        return latencies
    }

    private func fanOut(_ store: SQLiteStore, watchers: Int, events: Int) async throws {
        let watches = try (0..<watchers).map { _ in try store.watch(resource, namespace: nil, after: store.revision) }
        try await measure("event to each of \(watchers) watchers", watchers * events) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for watch in watches {
                    group.addTask {
                        for _ in 0..<events { _ = try await watch.next() }
                    }
                }
                group.addTask { try await create(store, "fan", count: events) }
                try await group.waitForAll()
            }
        }
    }

    private func create(_ store: SQLiteStore, _ prefix: String, count: Int) async throws {
        for number in 0..<count { _ = try await store.create(sample("\(prefix)-\(number)"), at: key("\(prefix)-\(number)")) }
    }

    private func update(_ store: SQLiteStore, _ name: String, times: Int) async throws {
        guard var object = store.get(key(name)) else { return }
        for number in 0..<times {
            object.set(JSONValue(number), at: "status", "value")
            object = try await store.update(object, at: key(name), expected: Int64(object.resourceVersion) ?? 0)
        }
    }

    private func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count { group.addTask { try await body(index) } }
            try await group.waitForAll()
        }
    }

    private func key(_ name: String) -> ObjectKey { ObjectKey(resource, namespace: "default", name: name) }

    private func sample(_ name: String) -> KubeObject {
        var object = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: "default", name: name)
        object.labels = ["app": "sample", "pod-template-hash": "7d4b9c6f5"]
        let variables = (0..<40).map { JSONValue.object(["name": .string("VARIABLE_\($0)"), "value": .string("a value of some length \($0)")]) }
        object.set(["containers": [["name": "main", "image": "sample:1", "env": .array(variables)]]], at: "spec")
        return object
    }

    private func measure(_ what: String, _ count: Int, _ body: () async throws -> Void) async throws {
        let (started, cpu) = (ContinuousClock.now, processCPU())
        try await body()
        let elapsed = started.duration(to: .now) / .seconds(1)
        let microseconds = (processCPU() - cpu) / Double(count) * 1e6
        print(
            "\(what): \(Int(Double(count) / elapsed)) a second, \((microseconds * 10).rounded() / 10) µs of CPU each, \((elapsed * 1000).rounded()) ms in all"
        )
    }

    /// Seconds of user and system time.
    private func processCPU() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    private func remove(_ directory: String) {
        for file in ["store.db", "store.db-wal", "store.lock"] { unlink("\(directory)/\(file)") }
        rmdir(directory)
    }
}
