// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The objects of one resource in the order of namespace and name.
///
/// Sorted arrays, one a namespace: a list of one namespace or of all is a walk in order, a look-up is a binary search,
/// and an insertion moves only references of its own namespace. Order and identity are those of the names' bytes.
struct ObjectTable {
    private struct Row {
        let name: String
        var stored: StoredObject
    }

    private struct Namespace {
        let name: String
        var rows: [Row]
    }

    private var namespaces: [Namespace] = []
    private(set) var count = 0

    func stored(namespace: String, name: String) -> StoredObject? {
        let outer = place(of: namespace, in: namespaces, by: \.name)
        guard outer.found else { return nil }
        let inner = place(of: name, in: namespaces[outer.index].rows, by: \.name)
        return inner.found ? namespaces[outer.index].rows[inner.index].stored : nil
    }

    mutating func set(_ stored: StoredObject, namespace: String, name: String) {
        let outer = place(of: namespace, in: namespaces, by: \.name)
        if !outer.found { namespaces.insert(Namespace(name: namespace, rows: []), at: outer.index) }
        let inner = place(of: name, in: namespaces[outer.index].rows, by: \.name)
        if inner.found {
            namespaces[outer.index].rows[inner.index].stored = stored
        } else {
            namespaces[outer.index].rows.insert(Row(name: name, stored: stored), at: inner.index)
            count += 1
        }
    }

    mutating func remove(namespace: String, name: String) {
        let outer = place(of: namespace, in: namespaces, by: \.name)
        guard outer.found else { return }
        let inner = place(of: name, in: namespaces[outer.index].rows, by: \.name)
        guard inner.found else { return }
        namespaces[outer.index].rows.remove(at: inner.index)
        count -= 1
        if namespaces[outer.index].rows.isEmpty { namespaces.remove(at: outer.index) }
    }

    func objects(namespace: String?) -> [KubeObject] {
        if let namespace {
            let outer = place(of: namespace, in: namespaces, by: \.name)
            return outer.found ? namespaces[outer.index].rows.map(\.stored.object) : []
        }
        var objects: [KubeObject] = []
        objects.reserveCapacity(count)
        for namespace in namespaces { for row in namespace.rows { objects.append(row.stored.object) } }
        return objects
    }

    /// Those from a place on.
    func objects(namespace: String?, from start: NamespacedName) -> [KubeObject] {
        var objects: [KubeObject] = []
        for index in place(of: start.namespace, in: namespaces, by: \.name).index..<namespaces.count {
            let rows = namespaces[index].rows
            if let namespace, !namespaces[index].name.utf8.elementsEqual(namespace.utf8) { continue }
            let isFirst = namespaces[index].name.utf8.elementsEqual(start.namespace.utf8)
            let first = isFirst ? place(of: start.name, in: rows, by: \.name).index : 0
            for row in rows[first...] { objects.append(row.stored.object) }
        }
        return objects
    }
}

private func place<Element>(of key: String, in sorted: [Element], by name: (Element) -> String) -> (index: Int, found: Bool) {
    var low = 0
    var high = sorted.count
    while low < high {
        let middle = (low + high) / 2
        if name(sorted[middle]).utf8.lexicographicallyPrecedes(key.utf8) { low = middle + 1 } else { high = middle }
    }
    return (low, low < sorted.count && name(sorted[low]).utf8.elementsEqual(key.utf8))
}
