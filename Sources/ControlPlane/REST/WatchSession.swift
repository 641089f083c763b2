// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeStore
import NIOHTTP1

extension WatchSession.Start {
    init(_ options: ListOptions) {
        switch (options.sendsInitialEvents, options.revision) {
        case (true?, _): self = .now(endsWithBookmark: options.allowsBookmarks)
        case (false?, nil), (false?, 0): self = .present
        case (nil, nil), (nil, 0): self = .now(endsWithBookmark: false)
        case (_, let revision?): self = .after(revision)
        }
    }
}

/// One client's watch, from the first line to the last.
struct WatchSession: Sendable {
    let store: any ObjectStore
    let namespace: String?
    let selection: Selection
    let rendering: ObjectRendering
    let start: Start
    /// Whether the client wants to be told how far it has come.
    let bookmarks: Bool
    let timeout: Duration
    let clock: any Clock<Duration>

    enum Start: Sendable, Hashable {
        /// With everything there is, as `ADDED`; a bookmark may tell where that ends.
        case now(endsWithBookmark: Bool)
        /// With what happens from here on.
        case present
        /// With what happened after the revision.
        case after(Int64)
    }

    /// How often a watch tells how far it has come.
    private static let bookmarkPeriod = Duration.seconds(60)
    /// So long before its end it tells a last time.
    private static let lastBookmark = Duration.seconds(2)

    private var resource: GroupResource { rendering.definition.groupResource }

    func run(_ writer: any ResponseWriter) async throws {
        try await writer.start(.ok, ["Content-Type": rendering.streamType, "Cache-Control": "no-cache, private"])
        var lines = Lines(rendering: rendering, selection: selection)
        let watch: StoreWatch
        do {
            watch = try await begin(&lines, writer)
        } catch let error as StoreError {
            return try await writer.write(try rendering.errorLine(expired(error)))
        }
        defer { watch.cancel() }
        try await follow(watch, &lines, writer)
    }

    private func begin(_ lines: inout Lines, _ writer: any ResponseWriter) async throws -> StoreWatch {
        switch start {
        case .after(let revision):
            lines.revision = revision
            return try store.watch(resource, namespace: namespace, after: revision)
        case .present: return try store.watch(resource, namespace: namespace, after: store.revision)
        case .now(let endsWithBookmark):
            let (objects, revision) = store.list(resource, namespace: namespace)
            let watch = try store.watch(resource, namespace: namespace, after: revision)
            for object in objects {
                if let line = try lines.added(object) { try await writer.write(line) }
            }
            lines.revision = revision
            if endsWithBookmark { try await writer.write(try rendering.bookmarkLine(revision: revision, endsInitialEvents: true)) }
            return watch
        }
    }

    /// Until the time is up, the client goes or the watch falls behind.
    private func follow(_ watch: StoreWatch, _ lines: inout Lines, _ writer: any ResponseWriter) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await keepTime(watch)
                watch.cancel()
            }
            do {
                while let item = try await watch.nextItem() {
                    switch item {
                    case .event(let event): if let line = try lines.line(event) { try await writer.write(line) }
                    case .mark(let revision):
                        try await writer.write(try rendering.bookmarkLine(revision: max(revision, lines.revision), endsInitialEvents: false))
                    }
                }
            } catch let error as StoreError {
                try await writer.write(try rendering.errorLine(expired(error)))
            }
            group.cancelAll()
        }
    }

    /// Until the time is up; on the way it has the watch tell how far it has come.
    private func keepTime(_ watch: StoreWatch) async {
        var left = timeout
        if bookmarks {
            while left > Self.bookmarkPeriod + Self.lastBookmark {
                guard (try? await clock.sleep(for: Self.bookmarkPeriod)) != nil else { return }
                left -= Self.bookmarkPeriod
                watch.mark()
            }
            if left > Self.lastBookmark {
                guard (try? await clock.sleep(for: left - Self.lastBookmark)) != nil else { return }
                left = Self.lastBookmark
                watch.mark()
            }
        }
        try? await clock.sleep(for: left)
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
        /// Of the last event, whether it was told or not.
        var revision: Int64 = 0

        init(rendering: ObjectRendering, selection: Selection) {
            self.rendering = rendering
            self.selection = selection
        }

        mutating func added(_ object: KubeObject) throws -> [UInt8]? { selection.matches(object) ? try line(.added, object) : nil }

        mutating func line(_ event: StoreEvent) throws -> [UInt8]? {
            revision = event.revision
            let isSelected = event.kind != .deleted && selection.matches(event.object)
            let wasSelected = event.kind != .added && selection.matches(event.previous ?? event.object)
            switch (wasSelected, isSelected) {
            case (false, false): return nil
            case (false, true): return try line(.added, event.object)
            case (true, true): return try line(.modified, event.object)
            case (true, false):
                guard event.kind != .deleted, var last = event.previous else { return try line(.deleted, event.object) }
                last.resourceVersion = event.object.resourceVersion
                return try line(.deleted, last)
            }
        }

        private mutating func line(_ type: WatchFraming.EventType, _ object: KubeObject) throws -> [UInt8] {
            defer { isFirst = false }
            return try rendering.watchLine(type, object, isFirst: isFirst)
        }
    }
}
