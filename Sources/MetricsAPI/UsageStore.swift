// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Synchronization
import UsageWindow

/// Told the namespaces of pods whose usage was just measured.
package typealias UsageObserver = @Sendable (_ namespaces: Set<String>) -> Void

/// The usage of all nodes and pods, written by the scraper and read by requests.
final class UsageStore: Sendable {
    private struct State {
        var table: UsageTable
        var lastTick: Duration?
    }

    private let state: Mutex<State>
    private let resolution: Duration
    /// Time since the process began, or so.
    private let uptime: @Sendable () -> Duration
    private let observer: UsageObserver?

    init(resolution: Duration, observer: UsageObserver? = nil, uptime: @escaping @Sendable () -> Duration) {
        self.resolution = resolution
        self.observer = observer
        self.uptime = uptime
        state = Mutex(State(table: UsageTable(resolution: resolution)))
    }

    func store(_ scrape: NodeScrape, of node: String) {
        state.withLock { $0.table.store(scrape, of: node) }
        if let observer, !scrape.pods.isEmpty { observer(Set(scrape.pods.lazy.map(\.name.namespace))) }
    }
    func remove(_ node: String) { state.withLock { $0.table.remove(node) } }

    /// Reads with the table held still.
    func read<Value>(_ body: (borrowing UsageTable) throws -> Value) rethrows -> Value { try state.withLock { try body($0.table) } }

    func pointCount(pod name: NamespacedName) -> Int { state.withLock { $0.table.pointCount(pod: name) } }

    var isReady: Bool { state.withLock { $0.table.isReady } }

    func ticked() {
        let now = uptime()
        state.withLock { $0.lastTick = now }
    }

    /// Whether scraping keeps its pace.
    /// - Source: `metric-collection-timely`, metrics-server v0.9 pkg/server/server.go
    var isTimely: Bool {
        let now = uptime()
        return state.withLock { state in state.lastTick.map { now - $0 < resolution * 3 / 2 } ?? true }
    }
}
