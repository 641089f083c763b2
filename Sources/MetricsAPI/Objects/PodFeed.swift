// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CLinux
import ControllerKit
import KubeClient
import KubeModel
import Logging
import ServiceLifecycle
import Synchronization

/// Keeps the directory of running pods as the API server has them.
///
/// Of a hundred thousand pods no object is kept, nor are all in memory at once: they are listed page by page.
final class PodFeed: Service, Reflector.Receiver {
    /// Pages that any API server gives without effort.
    static let pageSize = 500

    private struct State {
        /// While a list is under way: what it has named so far.
        var listed: Set<NamespacedName>?
        var hasSynced = false
    }

    private let reflector: Reflector
    private let directory: ObjectDirectory
    private let state = Mutex(State())

    init(client: KubeClient, directory: ObjectDirectory, clock: any Clock<Duration>, logger: Logger) {
        var reflector = Reflector(client: client, resource: .pods, clock: clock, logger: logger)
        reflector.fieldSelector = "status.phase=Running"
        reflector.pageSize = Self.pageSize
        self.reflector = reflector
        self.directory = directory
    }

    /// Whether the first list has arrived.
    var hasSynced: Bool { state.withLock { $0.hasSynced } }

    func run() async throws { await reflector.run(self) }

    func listBegan() { state.withLock { $0.listed = [] } }

    func listed(_ objects: [KubeObject]) {
        for object in objects { directory.insert(object) }
        state.withLock { state in for object in objects { state.listed?.insert(object.namespacedName) } }
    }

    func listEnded() {
        let listed = state.withLock { state in
            defer { state.listed = nil }
            return state.listed ?? []
        }
        directory.removeAll { listed.contains($0) }
        state.withLock { $0.hasSynced = true }
        // What the pages took is not needed again.
        updraft_trim_memory()
    }

    func changed(_ event: WatchEvent) {
        if event.kind == .deleted { directory.remove(event.object.namespacedName) } else { directory.insert(event.object) }
    }

    func connected(_ isConnected: Bool) {}
}
