// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The objects of an informer, by name, by namespace and by its indexes.
struct ObjectCache {
    struct Change {
        var old: KubeObject?
        var new: KubeObject?
    }

    private(set) var objects: [NamespacedName: KubeObject] = [:]
    private var byNamespace: [String: Set<NamespacedName>] = [:]
    private var byIndex: [String: [String: Set<NamespacedName>]] = [:]
    private let indexes: [String: Informer.IndexValues]

    init(indexes: [String: Informer.IndexValues]) { self.indexes = indexes }

    func list(namespace: String?) -> [KubeObject] {
        guard let namespace, !namespace.isEmpty else { return Array(objects.values) }
        return (byNamespace[namespace] ?? []).compactMap { objects[$0] }
    }

    func list(index: String, _ value: String) -> [KubeObject] { (byIndex[index]?[value] ?? []).compactMap { objects[$0] } }

    /// nil where the object was there as it is.
    mutating func insert(_ object: KubeObject) -> Change? {
        let name = object.namespacedName
        let old = objects[name]
        if let old, old.resourceVersion == object.resourceVersion, old.uid == object.uid { return nil }
        if let old { unindex(old, name) }
        objects[name] = object
        byNamespace[name.namespace, default: []].insert(name)
        for (index, values) in indexes { for value in values(object) { byIndex[index, default: [:]][value, default: []].insert(name) } }
        return Change(old: old, new: object)
    }

    mutating func remove(_ object: KubeObject) -> Change? {
        let name = object.namespacedName
        guard let old = objects.removeValue(forKey: name) else { return nil }
        unindex(old, name)
        byNamespace[name.namespace]?.remove(name)
        if byNamespace[name.namespace]?.isEmpty == true { byNamespace[name.namespace] = nil }
        return Change(old: object, new: nil)
    }

    mutating func replaceAll(_ fresh: [KubeObject]) -> [Change] {
        let names = Set(fresh.map(\.namespacedName))
        let gone = objects.values.filter { !names.contains($0.namespacedName) }
        var changes: [Change] = []
        for object in gone { if let change = remove(object) { changes.append(change) } }
        for object in fresh {
            // One of the same name with another uid is another object.
            if let old = objects[object.namespacedName], old.uid != object.uid, let change = remove(old) { changes.append(change) }
            if let change = insert(object) { changes.append(change) }
        }
        return changes
    }

    private mutating func unindex(_ object: KubeObject, _ name: NamespacedName) {
        for (index, values) in indexes {
            for value in values(object) {
                byIndex[index]?[value]?.remove(name)
                if byIndex[index]?[value]?.isEmpty == true { byIndex[index]?[value] = nil }
            }
        }
    }
}
