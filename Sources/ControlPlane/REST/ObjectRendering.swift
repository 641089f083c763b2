// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

/// Writes stored objects in the version and form that a client asked for.
struct ObjectRendering: Sendable {
    let definition: ResourceDefinition
    let version: GroupVersion
    let representation: Representation
    let includeObject: TableIncludeObject
    let encoder: ObjectEncoder
    let now: @Sendable () -> Timestamp

    private var encoding: Representation.Encoding { representation.encoding }
    private var trees: TreeEncoder { encoder.trees }

    /// One object by itself.
    func body(_ object: KubeObject) throws -> EncodedBody { EncodedBody(encoding: encoding, bytes: try bytes(object)) }

    private func bytes(_ object: KubeObject) throws -> [UInt8] {
        switch (representation.form, encoding) {
        case (.object, .json): return encoder.json(object, in: version)
        case (.object, .yaml): return try trees.bytes(.object(encoder.served(object, in: version).json), .yaml)
        case (.object, .protobuf): return trees.enveloped(try encoder.message(object, in: version), definition.kind(in: version))
        case (.partialMetadata(let version), _): return try trees.bytes(PartialMetadata.object(object, version: version), encoding)
        case (.table, _): return try trees.bytes(table([object], metadata: ["resourceVersion": .string(object.resourceVersion)]), encoding)
        }
    }

    func list(_ page: ListPage) throws -> EncodedBody {
        let objects = page.objects
        var metadata: JSONObject = ["resourceVersion": .string(String(page.revision))]
        if let continuation = page.continuation { metadata["continue"] = .string(continuation.text) }
        if let remaining = page.remaining { metadata["remainingItemCount"] = .integer(remaining) }
        let bytes =
            switch (representation.form, encoding) {
            case (.object, .json): fullList(objects, metadata)
            case (.object, .yaml): try trees.bytes(tree(objects, metadata), .yaml)
            case (.object, .protobuf):
                try trees.list(listKind, metadata: metadata, items: objects.map { try encoder.message($0, in: version) })
            case (.partialMetadata(let version), _):
                try trees.bytes(PartialMetadata.list(objects, metadata: metadata, version: version), encoding)
            case (.table, _): try trees.bytes(table(objects, metadata: metadata), encoding)
            }
        return EncodedBody(encoding: encoding, bytes: bytes)
    }

    private var listKind: GroupVersionKind { GroupVersionKind(group: version.group, version: version.version, kind: definition.listKind) }

    private func tree(_ objects: [KubeObject], _ metadata: JSONObject) -> JSONValue {
        [
            "kind": .string(definition.listKind), "apiVersion": .string(version.description), "metadata": .object(metadata),
            "items": .array(objects.map { .object(encoder.served($0, in: version).json) }),
        ]
    }

    private func fullList(_ objects: [KubeObject], _ metadata: JSONObject) -> [UInt8] {
        let items = objects.map { encoder.json($0, in: version) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(items.reduce(128) { $0 + $1.count + 1 })
        bytes.append(contentsOf: #"{"kind":"\#(definition.listKind)","apiVersion":"\#(version)","metadata":"#.utf8)
        metadata.encode(into: &bytes)
        bytes.append(contentsOf: #","items":["#.utf8)
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: item)
        }
        bytes.append(contentsOf: "]}".utf8)
        return bytes
    }

    /// Of a watch.
    var streamType: String { encoding == .json ? encoding.rawValue : encoding.rawValue + ";stream=watch" }

    /// One line of a watch, or frame of one in protobuf. Of tables, only the first tells the columns.
    func watchLine(_ type: WatchFraming.EventType, _ object: KubeObject, isFirst: Bool) throws -> [UInt8] {
        guard case .table = representation.form else { return try trees.watchEvent(type, encodedObject: try bytes(object), encoding) }
        return WatchFraming.line(
            type, table([object], metadata: ["resourceVersion": .string(object.resourceVersion)], includesColumns: isFirst))
    }

    /// The last line of a watch that cannot go on.
    func errorLine(_ error: APIError) throws -> [UInt8] {
        try trees.watchEvent(.error, encodedObject: try trees.bytes(error.status, encoding), encoding)
    }

    /// A line that tells only how far the watch has come.
    /// - Parameter endsInitialEvents: Whether all that there was at its beginning has been told.
    func bookmarkLine(revision: Int64, endsInitialEvents: Bool) throws -> [UInt8] {
        let kind = definition.kind(in: version)
        var object = KubeObject(["apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind)])
        object.set(.string(String(revision)), at: "metadata", "resourceVersion")
        if endsInitialEvents { object.annotations = ["k8s.io/initial-events-end": "true"] }
        return try watchLine(.bookmark, object, isFirst: false)
    }

    private func table(_ objects: [KubeObject], metadata: JSONObject, includesColumns: Bool = true) -> JSONValue {
        guard case .table(let version) = representation.form else { return .null }
        let now = now()
        let columns = definition.columns(in: self.version)
        let rows = objects.map { object in
            TableBuilder.Row(
                cells: columns.cells(object, now),
                object: includeObject == .object ? encoder.served(object, in: self.version) : object)
        }
        return TableBuilder(columns: columns.columns, version: version, includeObject: includeObject)
            .table(rows, metadata: metadata, includesColumns: includesColumns)
    }
}
