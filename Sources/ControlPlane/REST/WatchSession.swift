// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeStore
import NIOHTTP1

/// One client's watch, from the first line to the last.
struct WatchSession: Sendable {
    let store: any ObjectStore
    let namespace: String?
    let selection: Selection
    let rendering: ObjectRendering
    let start: Start
    let timeout: Duration
    let clock: any Clock<Duration>

    enum Start: Sendable, Hashable {
        /// With everything there is, as `ADDED`.
        case now
        /// With what happened after the revision.
        case after(Int64)
    }

    private var resource: GroupResource { rendering.definition.groupResource }

    func run(_ writer: any ResponseWriter) async throws {
        try await writer.start(.ok, ["Content-Type": WatchFraming.contentType, "Cache-Control": "no-cache, private"])
        var lines = Lines(rendering: rendering, selection: selection)
        let watch: StoreWatch
        do {
            watch = try await begin(&lines, writer)
        } catch let error as StoreError {
            return try await writer.write(WatchFraming.errorLine(expired(error)))
        }
        defer { watch.cancel() }
        try await follow(watch, &lines, writer)
    }

    private func begin(_ lines: inout Lines, _ writer: any ResponseWriter) async throws -> StoreWatch {
        switch start {
        case .after(let revision): return try store.watch(resource, namespace: namespace, after: revision)
        case .now:
            let (objects, revision) = store.list(resource, namespace: namespace)
            let watch = try store.watch(resource, namespace: namespace, after: revision)
            for object in objects {
                if let line = lines.added(object) { try await writer.write(line) }
            }
            return watch
        }
    }

    /// Until the time is up, the client goes or the watch falls behind.
    private func follow(_ watch: StoreWatch, _ lines: inout Lines, _ writer: any ResponseWriter) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await clock.sleep(for: timeout)
                watch.cancel()
            }
            do {
                for try await event in watch {
                    if let line = lines.line(event) { try await writer.write(line) }
                }
            } catch let error as StoreError {
                try await writer.write(WatchFraming.errorLine(expired(error)))
            }
            group.cancelAll()
        }
    }

    private func expired(_ error: StoreError) -> APIError {
        guard error.code == .compacted, case .after(let revision) = start else { return .expired(error.message) }
        return .expired("too old resource version: \(revision) (\(store.revision))")
    }

    /// Turns store events into the lines of this client, who sees only what it selected: an object that begins to match
    /// is added, one that no longer matches deleted.
    private struct Lines {
        let rendering: ObjectRendering
        let selection: Selection
        var isFirst = true

        init(rendering: ObjectRendering, selection: Selection) {
            self.rendering = rendering
            self.selection = selection
        }

        mutating func added(_ object: KubeObject) -> [UInt8]? { selection.matches(object) ? line(.added, object) : nil }

        mutating func line(_ event: StoreEvent) -> [UInt8]? {
            let isSelected = event.kind != .deleted && selection.matches(event.object)
            let wasSelected = event.kind != .added && selection.matches(event.previous ?? event.object)
            switch (wasSelected, isSelected) {
            case (false, false): return nil
            case (false, true): return line(.added, event.object)
            case (true, true): return line(.modified, event.object)
            case (true, false):
                guard event.kind != .deleted, var last = event.previous else { return line(.deleted, event.object) }
                last.resourceVersion = event.object.resourceVersion
                return line(.deleted, last)
            }
        }

        private mutating func line(_ type: WatchFraming.EventType, _ object: KubeObject) -> [UInt8] {
            defer { isFirst = false }
            return rendering.watchLine(type, object, isFirst: isFirst)
        }
    }
}
