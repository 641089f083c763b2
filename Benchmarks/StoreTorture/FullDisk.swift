// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubeStore
import KubeStoreSQLite

/// Fills the file system on which `directory` lies, which should be a small one, and checks what the store does then.
struct FullDisk {
    let directory: String
    private let resource = GroupResource(group: "", resource: "configmaps")

    init(directory: String) { self.directory = directory }

    func run() async throws {
        var store = try await SQLiteStore.open(directory: directory + "/store")
        for name in ["ballast-1", "ballast-2"] { try Data(repeating: 1, count: 1 << 20).write(to: URL(fileURLWithPath: "\(directory)/\(name)")) }
        var names = try await fill(store, "first")
        try await expectReads(store, names)
        let watch = try store.watch(resource, namespace: nil, after: store.revision)

        try FileManager.default.removeItem(atPath: directory + "/ballast-1")
        names.append(try await create(store, "after", 10_000))
        try expect(try await watch.next()?.key.name == "after", "the watch goes on with the next write")

        // Objects are deleted, which takes a little room at first, and what they held is used again.
        names += try await fill(store, "second")
        try FileManager.default.removeItem(atPath: directory + "/ballast-2")
        let (gone, kept) = (names.prefix(names.count / 2), names.suffix(names.count - names.count / 2))
        for name in gone { _ = try await store.delete(key(name), expected: nil) }
        try await store.compact(before: store.revision)
        names = Array(kept)
        for number in 0..<20 { names.append(try await create(store, "again-\(number)", 10_000)) }

        // A store on a full disk can be opened, read, and written to once there is room.
        names += try await fill(store, "third")
        let revision = store.revision
        try? await store.close()
        store = try await SQLiteStore.open(directory: directory + "/store")
        try expect(store.revision == revision, "the revision is \(revision) after opening on a full disk, not \(store.revision)")
        try await expectReads(store, names)
        try expect(try store.integrityProblems().isEmpty, "the database is whole")
        try await store.close()
        print("store-torture full: writes were refused and came back; \(names.count) objects, revision \(revision)")
    }

    /// Creates objects until the disk is full; the names of those that were acknowledged.
    private func fill(_ store: SQLiteStore, _ prefix: String) async throws -> [String] {
        var names: [String] = []
        var refusals = 0
        for number in 0..<100_000 {
            let name = "\(prefix)-\(number)"
            do throws(StoreError) {
                // The last room is filled with small ones.
                names.append(try await create(store, name, refusals == 0 ? 100_000 : 1000))
            } catch {
                try expect(error.code == .noSpace, "the refusal is one for want of space: \(error.message)")
                let words = ["\(directory)/store/store.db", "the disk is full (", "left on its file system", "make room"]
                for word in words { try expect(error.message.contains(word), "\"\(word)\" stands in \"\(error.message)\"") }
                try expect(store.get(key(name)) == nil, "what was refused is not there")
                refusals += 1
                if refusals == 10 { return names }
            }
        }
        throw TortureFailure("the disk is not full after \(names.count) objects: use a small file system")
    }

    private func expectReads(_ store: SQLiteStore, _ names: [String]) async throws {
        for name in names { try expect(store.get(key(name)) != nil, "\(name), which was acknowledged, is read") }
        try expect(store.list(resource, namespace: nil).objects.count == names.count, "nothing else is listed")
    }

    private func create(_ store: SQLiteStore, _ name: String, _ bytes: Int) async throws(StoreError) -> String {
        var object = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"), namespace: "default", name: name)
        object.set(.string(String(repeating: "x", count: bytes)), at: "data", "text")
        return try await store.create(object, at: key(name)).name
    }

    private func key(_ name: String) -> ObjectKey { ObjectKey(resource, namespace: "default", name: name) }

    private func expect(_ holds: Bool, _ what: String) throws {
        guard holds else { throw TortureFailure("not so: \(what)") }
    }
}
