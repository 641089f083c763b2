// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import UsageWindow

/// Writes NodeMetrics or PodMetrics straight into bytes: one object, or a list item by item.
protocol MetricsWriter {
    mutating func writeObject(_ object: MeasuredObject)
    mutating func appendItem(_ object: MeasuredObject)
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
        if hasItems { bytes.append(UInt8(ascii: ",")) } else { beginList(isEmpty: false) }
        hasItems = true
        switch form.form {
        case .object:
            append("{")
            appendMembers(object)
            append("}")
        case .partialMetadata: appendWhole(object)
        case .table: appendRow(object)
        }
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
        appendWindow(object.measurement.usage?.windowNanoseconds ?? 0)
        append(#""],"object":"#)
        switch form.includeObject {
        case .none: append("null")
        case .metadata:
            append(text: #"{"kind":"PartialObjectMetadata","apiVersion":"\#(form.apiVersion)","metadata":"#)
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
            append(#""metadata":"#)
            appendMetadata(object.object)
        }
        append("}")
    }

    private mutating func appendMembers(_ object: MeasuredObject) {
        append(#""metadata":"#)
        appendMetadata(object.object)
        appendTime(object.measurement.usage)
        switch object.measurement {
        case .node(let usage):
            append(#","usage":"#)
            appendUsage(usage)
        case .pod(let usage):
            append(#","containers":["#)
            var isFirst = true
            usage.forEach { name, usage in
                if isFirst { append(#"{"name":"#) } else { append(#",{"name":"#) }
                isFirst = false
                JSONValue.encode(name, into: &bytes)
                append(#","usage":"#)
                appendUsage(usage)
                append("}")
            }
            append("]")
        }
    }

    private mutating func appendMetadata(_ object: ListedObject) {
        append(#"{"name":"#)
        JSONValue.encode(object.name.name, into: &bytes)
        if !object.name.namespace.isEmpty {
            append(#","namespace":"#)
            JSONValue.encode(object.name.namespace, into: &bytes)
        }
        append(#","creationTimestamp":""#)
        bytes.append(contentsOf: creation)
        append("\"")
        if !object.labels.isEmpty {
            append(#","labels":"#)
            bytes.append(contentsOf: object.labels.json)
        }
        append("}")
    }

    private mutating func appendTime(_ usage: Usage?) {
        guard let usage else { return append(#","timestamp":null,"window":"0s""#) }
        let seconds = UsageText.seconds(usage.timestampNanoseconds)
        append(#","timestamp":""#)
        if let text = self.seconds[seconds] {
            bytes.append(contentsOf: text)
        } else {
            if self.seconds.count > 256 { self.seconds.removeAll() }
            let text = Array(Timestamp(seconds: seconds).description.utf8)
            self.seconds[seconds] = text
            bytes.append(contentsOf: text)
        }
        append(#"","window":""#)
        appendWindow(usage.windowNanoseconds)
        append("\"")
    }

    private mutating func appendWindow(_ nanoseconds: Int64) { UsageText.appendWindow(nanoseconds, to: &bytes) }

    private mutating func appendUsage(_ usage: Usage) {
        append(#"{"cpu":""#)
        UsageText.appendCPU(usage.cpuNanocores, to: &bytes)
        append(#"","memory":""#)
        UsageText.appendMemory(usage.memoryBytes, to: &bytes)
        append(#""}"#)
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
            pod.forEach { _, usage in
                total.cpu = total.cpu + UsageText.cpu(usage.cpuNanocores)
                total.memory = total.memory + UsageText.memory(usage.memoryBytes)
            }
            return total
        }
    }
}
