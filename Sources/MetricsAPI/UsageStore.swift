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
        var encoded = EncodedUsage()
        var lastTick: Duration?
    }

    private let state: Mutex<State>
    private let resolution: Duration
    /// Time since the process began, or so.
    private let uptime: @Sendable () -> Duration
    private let observer: UsageObserver?
    private let isElsewhere: @Sendable (_ pod: NamespacedName, _ node: String) -> Bool

    /// - Parameter isElsewhere: Whether a pod is known to run on another node than the one that tells of it, which then is not believed.
    init(
        resolution: Duration, observer: UsageObserver? = nil,
        isElsewhere: @escaping @Sendable (_ pod: NamespacedName, _ node: String) -> Bool = { _, _ in false },
        uptime: @escaping @Sendable () -> Duration
    ) {
        self.resolution = resolution
        self.observer = observer
        self.isElsewhere = isElsewhere
        self.uptime = uptime
        state = Mutex(State(table: UsageTable(resolution: resolution)))
    }

    func store(_ scrape: NodeScrape, of node: String) {
        state.withLock { state in
            state.table.store(scrape, of: node, isElsewhere: isElsewhere)
            state.encoded.forget(state.table.number(node: node))
        }
        if let observer, !scrape.pods.isEmpty { observer(Set(scrape.pods.lazy.map(\.name.namespace))) }
    }

    func remove(_ node: String) {
        state.withLock { state in
            state.encoded.forget(state.table.number(node: node))
            state.table.remove(node)
        }
    }

    /// Reads with the table and its encoded pieces held still.
    func readEncoded(_ body: (borrowing UsageTable, inout EncodedUsage) -> Void) { state.withLock { body($0.table, &$0.encoded) } }

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
