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

    /// One object by itself.
    func bytes(_ object: KubeObject) -> [UInt8] {
        switch representation {
        case .json: encoder.bytes(object, in: version)
        case .partialMetadata(let version): PartialMetadata.object(object, version: version).encoded
        case .table: table([object], metadata: ["resourceVersion": .string(object.resourceVersion)]).encoded
        }
    }

    func list(_ page: ListPage) -> [UInt8] {
        let objects = page.objects
        var metadata: JSONObject = ["resourceVersion": .string(String(page.revision))]
        if let continuation = page.continuation { metadata["continue"] = .string(continuation.text) }
        if let remaining = page.remaining { metadata["remainingItemCount"] = .integer(remaining) }
        switch representation {
        case .json: return fullList(objects, metadata)
        case .partialMetadata(let version): return PartialMetadata.list(objects, metadata: metadata, version: version).encoded
        case .table: return table(objects, metadata: metadata).encoded
        }
    }

    private func fullList(_ objects: [KubeObject], _ metadata: JSONObject) -> [UInt8] {
        let items = objects.map { encoder.bytes($0, in: version) }
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

    /// One line of a watch. Of tables, only the first tells the columns.
    func watchLine(_ type: WatchFraming.EventType, _ object: KubeObject, isFirst: Bool) -> [UInt8] {
        guard case .table = representation else { return WatchFraming.line(type, encodedObject: bytes(object)) }
        return WatchFraming.line(
            type, table([object], metadata: ["resourceVersion": .string(object.resourceVersion)], includesColumns: isFirst))
    }

    /// A line that tells only how far the watch has come.
    /// - Parameter endsInitialEvents: Whether all that there was at its beginning has been told.
    func bookmarkLine(revision: Int64, endsInitialEvents: Bool) -> [UInt8] {
        let kind = definition.kind(in: version)
        var object = KubeObject(["apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind)])
        object.set(.string(String(revision)), at: "metadata", "resourceVersion")
        if endsInitialEvents { object.annotations = ["k8s.io/initial-events-end": "true"] }
        return watchLine(.bookmark, object, isFirst: false)
    }

    private func table(_ objects: [KubeObject], metadata: JSONObject, includesColumns: Bool = true) -> JSONValue {
        guard case .table(let version) = representation else { return .null }
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
