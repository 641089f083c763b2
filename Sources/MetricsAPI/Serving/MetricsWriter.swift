// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import UsageWindow

/// Writes NodeMetrics or PodMetrics straight into bytes: one object, or a list item by item.
///
/// What changes with each scrape is a piece of its own, which may have been made before.
protocol MetricsWriter {
    static var encoding: EncodedUsage.Encoding { get }

    init(_ form: MetricsForm)

    /// Appends the piece of a node's or pod's metrics that follows its metadata.
    mutating func appendPiece(_ measurement: MeasuredObject.Measurement, to bytes: inout [UInt8])

    mutating func writeObject(_ object: MeasuredObject)
    mutating func appendItem(_ object: MeasuredObject)
    /// An item of a list of whole objects.
    mutating func appendItem(_ object: ListedObject, piece: Span<UInt8>)
    /// After the last item.
    mutating func finishList()
    /// What has been written since the last call, as far as it can be sent already.
    mutating func takeBytes() -> [UInt8]
}

/// What an answer is of.
struct MetricsForm {
    var resource: MetricsCatalog.Resource
    /// `v1beta1`
    var version: String
    var form = Representation.Form.object
    var includeObject = TableIncludeObject.metadata
    /// The time of serving, which stands as the objects' creation.
    var now: Timestamp

    var apiVersion: String {
        switch form {
        case .object: "\(MetricsDocuments.group)/\(version)"
        case .table(let version), .partialMetadata(let version): "meta.k8s.io/\(version)"
        }
    }

    func kind(isList: Bool) -> String {
        switch form {
        case .object: resource.kind + (isList ? "List" : "")
        case .table: "Table"
        case .partialMetadata: "PartialObjectMetadata" + (isList ? "List" : "")
        }
    }
}

/// In JSON.
struct MetricsJSONWriter: MetricsWriter {
    static let encoding = EncodedUsage.Encoding.json

    private var bytes: [UInt8] = []
    private let form: MetricsForm
    /// `2026-11-22T20:44:10Z`
    private let creation: [UInt8]
    private var hasItems = false
    /// Scrapes of one cycle mostly share a few seconds.
    private var seconds: [Int64: [UInt8]] = [:]

    init(_ form: MetricsForm) {
        self.form = form
        creation = Array(form.now.description.utf8)
    }

    mutating func takeBytes() -> [UInt8] {
        var taken: [UInt8] = []
        taken.reserveCapacity(bytes.count)
        swap(&taken, &bytes)
        return taken
    }

    mutating func writeObject(_ object: MeasuredObject) {
        switch form.form {
        case .object, .partialMetadata:
            appendWhole(object)
            bytes.append(UInt8(ascii: "\n"))
        case .table:
            appendItem(object)
            finishList()
        }
    }

    mutating func appendItem(_ object: MeasuredObject) {
        beginItem()
        switch form.form {
        case .object:
            append("{")
            appendMembers(object)
            append("}")
        case .partialMetadata: appendWhole(object)
        case .table: appendRow(object)
        }
    }

    mutating func appendItem(_ object: ListedObject, piece: Span<UInt8>) {
        beginItem()
        let creation = creation
        bytes.append(addingCapacity: Self.metadataLength(object) + piece.count + 2) { bytes in
            bytes.append(UInt8(ascii: "{"))
            Self.appendMetadata(object, creation, to: &bytes)
            bytes.append(contentsOf: piece)
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func beginItem() {
        if hasItems { bytes.append(UInt8(ascii: ",")) } else { beginList(isEmpty: false) }
        hasItems = true
    }

    mutating func finishList() {
        if !hasItems { beginList(isEmpty: true) }
        append("]}\n")
    }

    private mutating func beginList(isEmpty: Bool) {
        append(text: #"{"kind":"\#(form.kind(isList: true))","apiVersion":"\#(form.apiVersion)","metadata":{},"#)
        guard case .table = form.form else { return append(#""items":["#) }
        append(#""columnDefinitions":"#)
        append(isEmpty ? "null" : Self.columns)
        append(#","rows":["#)
    }

    private static let columns: StaticString = #"""
        [{"name":"Name","type":"string","format":"name","description":"Name of the resource","priority":0},\#
        {"name":"cpu","type":"string","format":"quantity","description":"","priority":0},\#
        {"name":"memory","type":"string","format":"quantity","description":"","priority":0},\#
        {"name":"Window","type":"string","format":"duration","description":"","priority":0}]
        """#

    /// - Source: metrics-server v0.9 pkg/api/table.go
    private mutating func appendRow(_ object: MeasuredObject) {
        let cells = object.measurement.total
        append(#"{"cells":["#)
        JSONValue.encode(object.object.name.name, into: &bytes)
        append(text: #","\#(cells.cpu)","\#(cells.memory)",""#)
        bytes.append(addingCapacity: UsageText.longest) { UsageText.appendWindow(object.measurement.usage?.windowNanoseconds ?? 0, to: &$0) }
        append(#""],"object":"#)
        switch form.includeObject {
        case .none: append("null")
        case .metadata:
            append(text: #"{"kind":"PartialObjectMetadata","apiVersion":"\#(form.apiVersion)","#)
            appendMetadata(object.object)
            append("}")
        case .object:
            append(text: #"{"kind":"\#(form.resource.kind)","apiVersion":"\#(MetricsDocuments.group)/\#(form.version)","#)
            appendMembers(object)
            append("}")
        }
        append("}")
    }

    /// With its type.
    private mutating func appendWhole(_ object: MeasuredObject) {
        append(text: #"{"kind":"\#(form.kind(isList: false))","apiVersion":"\#(form.apiVersion)","#)
        if case .object = form.form {
            appendMembers(object)
        } else {
            appendMetadata(object.object)
        }
        append("}")
    }

    private mutating func appendMembers(_ object: MeasuredObject) {
        appendMetadata(object.object)
        var piece: [UInt8] = []
        appendPiece(object.measurement, to: &piece)
        bytes += piece
    }

    mutating func appendPiece(_ measurement: MeasuredObject.Measurement, to bytes: inout [UInt8]) {
        let timestamp = measurement.usage.map { (second: second($0.timestampNanoseconds), window: $0.windowNanoseconds) }
        bytes.append(addingCapacity: Self.length(measurement)) { bytes in
            if let timestamp {
                bytes.append(#","timestamp":""#)
                bytes.append(contentsOf: timestamp.second.span)
                bytes.append(#"","window":""#)
                UsageText.appendWindow(timestamp.window, to: &bytes)
                bytes.append(UInt8(ascii: "\""))
            } else {
                bytes.append(#","timestamp":null,"window":"0s""#)
            }
            switch measurement {
            case .node(let usage):
                bytes.append(#","usage":"#)
                Self.appendUsage(usage, to: &bytes)
            case .pod(let usage): Self.appendContainers(usage, to: &bytes)
            }
        }
    }

    /// Not less than the piece takes.
    private static func length(_ measurement: MeasuredObject.Measurement) -> Int {
        var length = 256
        if case .pod(let usage) = measurement { for index in usage.indices { length += OutputSpan.jsonLength(usage.name(index)) + 128 } }
        return length
    }

    private static func metadataLength(_ object: ListedObject) -> Int {
        OutputSpan.jsonLength(object.name.name) + OutputSpan.jsonLength(object.name.namespace) + object.labels.json.count + 128
    }

    /// A time as text. Scrapes of one period mostly share a few seconds.
    private mutating func second(_ nanoseconds: Int64) -> [UInt8] {
        let second = UsageText.seconds(nanoseconds)
        if let known = seconds[second] { return known }
        if seconds.count > 256 { seconds.removeAll() }
        let text = Array(Timestamp(seconds: second).description.utf8)
        seconds[second] = text
        return text
    }

    private static func appendContainers(_ usage: PodUsage, to bytes: inout OutputSpan<UInt8>) {
        bytes.append(#","containers":["#)
        var isFirst = true
        for index in usage.indices {
            guard let used = usage.usage(index) else { continue }
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes.append(#"{"name":"#)
            bytes.append(json: usage.name(index))
            bytes.append(#","usage":"#)
            appendUsage(used, to: &bytes)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func appendMetadata(_ object: ListedObject) {
        bytes.append(addingCapacity: Self.metadataLength(object)) { [creation] in Self.appendMetadata(object, creation, to: &$0) }
    }

    private static func appendMetadata(_ object: ListedObject, _ creation: [UInt8], to bytes: inout OutputSpan<UInt8>) {
        bytes.append(#""metadata":{"name":"#)
        bytes.append(json: object.name.name, isPlain: object.isPlain)
        if !object.name.namespace.isEmpty {
            bytes.append(#","namespace":"#)
            bytes.append(json: object.name.namespace, isPlain: object.isPlain)
        }
        bytes.append(#","creationTimestamp":""#)
        bytes.append(contentsOf: creation.span)
        bytes.append(UInt8(ascii: "\""))
        if !object.labels.isEmpty {
            bytes.append(#","labels":"#)
            let json = object.labels.json
            bytes.append(contentsOf: json.span)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func appendUsage(_ usage: Usage, to bytes: inout OutputSpan<UInt8>) {
        bytes.append(#"{"cpu":""#)
        UsageText.appendCPU(usage.cpuNanocores, to: &bytes)
        bytes.append(#"","memory":""#)
        UsageText.appendMemory(usage.memoryBytes, to: &bytes)
        bytes.append(#""}"#)
    }

    private mutating func append(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }
    private mutating func append(text: String) { bytes.append(contentsOf: text.utf8) }
}

extension MeasuredObject.Measurement {
    /// Of all containers, as quantities add up.
    fileprivate var total: (cpu: Quantity, memory: Quantity) {
        switch self {
        case .node(let usage): return (UsageText.cpu(usage.cpuNanocores), UsageText.memory(usage.memoryBytes))
        case .pod(let pod):
            var total = (cpu: Quantity.zero, memory: Quantity.zero)
            for container in pod.containers {
                total.cpu = total.cpu + UsageText.cpu(container.usage.cpuNanocores)
                total.memory = total.memory + UsageText.memory(container.usage.memoryBytes)
            }
            return total
        }
    }
}
