// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import Synchronization

/// Stored objects as bytes of a version: converted and written once for each write, however many lists and watches show it.
final class ObjectEncoder: Sendable {
    private struct Key: Hashable {
        /// Of the object's last write.
        var revision: Int64
        var version: GroupVersion
        /// Of custom kinds: their objects may look otherwise under another schema.
        var epoch: Int
        var encoding: Representation.Encoding
    }

    private struct Entry {
        /// What was written: an object with a revision may yet be none of the store's (a dry run's, a watch's last sight of one
        /// it no longer selects). Comparing an object with itself costs nothing, as both share their members.
        var object: KubeObject
        var bytes: [UInt8]
    }

    let trees: TreeEncoder
    private let pipeline: ObjectPipeline
    private let capacity: Int
    /// Two halves: entries are put into the young one, and found in both; a full young half becomes the old one.
    private let state = Mutex((young: [Key: Entry](), old: [Key: Entry]()))

    init(pipeline: ObjectPipeline, trees: TreeEncoder, capacity: Int = 4096) {
        self.trees = trees
        self.pipeline = pipeline
        self.capacity = capacity
    }

    /// JSON text.
    func json(_ object: KubeObject, in version: GroupVersion) -> [UInt8] {
        bytes(object, in: version, .json) { served(object, in: version).encoded }
    }

    /// The protobuf message of an object, without the envelope that it has by itself and not in a list.
    /// - Throws: 500 for what has no protobuf in this version.
    func message(_ object: KubeObject, in version: GroupVersion) throws -> [UInt8] {
        try bytes(object, in: version, .protobuf) { try trees.message(try pipeline.served(object, as: version)) }
    }

    private func bytes(
        _ object: KubeObject, in version: GroupVersion, _ encoding: Representation.Encoding, make: () throws -> [UInt8]
    ) rethrows -> [UInt8] {
        let revision = object.revision
        guard revision > 0 else { return try make() }
        let key = Key(revision: revision, version: version, epoch: pipeline.customKinds.epoch, encoding: encoding)
        if let known = state.withLock({ $0.young[key] ?? $0.old[key] }), known.object == object { return known.bytes }
        let bytes = try make()
        state.withLock { state in
            if state.young.count >= capacity / 2 { (state.young, state.old) = ([:], state.young) }
            state.young[key] = Entry(object: object, bytes: bytes)
        }
        return bytes
    }

    /// A stored object that can't be shown in another version is shown as it is stored, which says more than nothing.
    func served(_ object: KubeObject, in version: GroupVersion) -> KubeObject { (try? pipeline.served(object, as: version)) ?? object }
}
