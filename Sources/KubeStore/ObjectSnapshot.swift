// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The objects of one resource as they were at a revision.
///
/// It shares its objects with the store; taking the present one costs a reference.
package struct ObjectSnapshot: Sendable {
    package let revision: Int64
    private let table: ObjectTable

    init(revision: Int64, table: ObjectTable) {
        self.revision = revision
        self.table = table
    }

    package var count: Int { table.count }

    /// In the order of namespace and name.
    /// - Parameters:
    ///   - namespace: Only that one's; nil for all.
    ///   - start: The first that may come; nil for the very first.
    package func objects(namespace: String?, from start: NamespacedName? = nil) -> [KubeObject] {
        guard let start else { return table.objects(namespace: namespace) }
        return table.objects(namespace: namespace, from: start)
    }
}

extension ObjectTable {
    /// The table before these events, which are the last that happened to it.
    mutating func undo(_ events: [StoreEvent]) {
        for event in events.reversed() {
            if let previous = event.previous {
                set(StoredObject(previous, size: event.previousSize), namespace: event.key.namespace, name: event.key.name)
            } else {
                remove(namespace: event.key.namespace, name: event.key.name)
            }
        }
    }
}
