// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import UsageWindow

/// A node or pod with what it uses.
struct MeasuredObject {
    var object: ListedObject
    var measurement: Measurement

    enum Measurement {
        case node(Usage)
        case pod(PodUsage)

        /// Whose time and window stand for the whole; nil for a pod none of whose containers has a usage.
        var usage: Usage? {
            switch self {
            case .node(let usage): usage
            case .pod(let usage): usage.earliest
            }
        }
    }
}

/// Writes NodeMetrics and PodMetrics, alone, in lists and in tables, straight into bytes.
struct MetricsWriter {
    private(set) var bytes: [UInt8] = []
    /// `2026-11-22T20:44:10Z`, the time of serving.
    private let creation: [UInt8]
    private let kind: String
    /// Scrapes of one cycle mostly share a second.
    private var lastSecond: (seconds: Int64, text: [UInt8])?

    static let apiVersion = "metrics.k8s.io/v1beta1"

    /// - Parameter kind: `PodMetrics` or `NodeMetrics`.
    init(kind: String, now: Timestamp) {
        self.kind = kind
        creation = Array(now.description.utf8)
    }

    mutating func writeObject(_ object: MeasuredObject) {
        append(#"{"kind":"\#(kind)","apiVersion":"\#(Self.apiVersion)","#)
        appendMembers(object)
        append("}\n")
    }

    mutating func writeList(_ objects: [MeasuredObject]) {
        bytes.reserveCapacity(100 + 520 * objects.count)
        append(#"{"kind":"\#(kind)List","apiVersion":"\#(Self.apiVersion)","metadata":{},"items":["#)
        appendEach(objects) { writer, object in
            writer.append("{")
            writer.appendMembers(object)
            writer.append("}")
        }
        append("]}\n")
    }

    mutating func writePartialList(_ objects: [MeasuredObject], version: String) {
        append(#"{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/\#(version)","metadata":{},"items":["#)
        appendEach(objects) { writer, object in writer.appendPartial(object.object, version) }
        append("]}\n")
    }

    mutating func writePartial(_ object: MeasuredObject, version: String) {
        appendPartial(object.object, version)
        append("\n")
    }

    /// - Source: metrics-server v0.9 pkg/api/table.go
    mutating func writeTable(_ objects: [MeasuredObject], version: String, includeObject: TableIncludeObject) {
        append(#"{"kind":"Table","apiVersion":"meta.k8s.io/\#(version)","metadata":{},"columnDefinitions":"#)
        append(objects.isEmpty ? "null" : Self.columns)
        append(#","rows":["#)
        appendEach(objects) { writer, object in
            writer.appendRow(object)
            switch includeObject {
            case .none: writer.append("null")
            case .metadata: writer.appendPartial(object.object, version)
            case .object:
                writer.append("{")
                writer.appendMembers(object)
                writer.append("}")
            }
            writer.append("}")
        }
        append("]}\n")
    }

    static let columns =
        #"[{"name":"Name","type":"string","format":"name","description":"Name of the resource","priority":0},"#
        + #"{"name":"cpu","type":"string","format":"quantity","description":"","priority":0},"#
        + #"{"name":"memory","type":"string","format":"quantity","description":"","priority":0},"#
        + #"{"name":"Window","type":"string","format":"duration","description":"","priority":0}]"#

    private mutating func appendRow(_ object: MeasuredObject) {
        let cells = object.measurement.total
        append(#"{"cells":["#)
        JSONValue.encode(object.object.name.name, into: &bytes)
        append(#","\#(cells.cpu)","\#(cells.memory)",""#)
        append(Duration.nanoseconds(object.measurement.usage?.windowNanoseconds ?? 0).goText)
        append(#""],"object":"#)
    }

    private mutating func appendEach(_ objects: [MeasuredObject], _ body: (inout Self, MeasuredObject) -> Void) {
        var isFirst = true
        for object in objects {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            body(&self, object)
        }
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
            for container in usage.containers {
                append(isFirst ? #"{"name":"# : #",{"name":"#)
                isFirst = false
                JSONValue.encode(container.name, into: &bytes)
                append(#","usage":"#)
                appendUsage(container.usage)
                append("}")
            }
            append("]")
        }
    }

    private mutating func appendPartial(_ object: ListedObject, _ version: String) {
        append(#"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/\#(version)","metadata":"#)
        appendMetadata(object)
        append("}")
    }

    private mutating func appendMetadata(_ object: ListedObject) {
        bytes.append(contentsOf: object.metadataStart)
        bytes.append(contentsOf: creation)
        bytes.append(contentsOf: object.metadataEnd)
    }

    private mutating func appendTime(_ usage: Usage?) {
        guard let usage else { return append(#","timestamp":null,"window":"0s""#) }
        let seconds =
            usage.timestampNanoseconds >= 0 ? usage.timestampNanoseconds / 1_000_000_000 : (usage.timestampNanoseconds - 999_999_999) / 1_000_000_000
        if lastSecond?.seconds != seconds { lastSecond = (seconds, Array(Timestamp(seconds: seconds).description.utf8)) }
        append(#","timestamp":""#)
        bytes.append(contentsOf: lastSecond?.text ?? [])
        append(#"","window":""#)
        append(Duration.nanoseconds(usage.windowNanoseconds).goText)
        append("\"")
    }

    private mutating func appendUsage(_ usage: Usage) {
        append(#"{"cpu":""#)
        UsageText.appendCPU(usage.cpuNanocores, to: &bytes)
        append(#"","memory":""#)
        UsageText.appendMemory(usage.memoryBytes, to: &bytes)
        append(#""}"#)
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}

extension MeasuredObject.Measurement {
    /// Of all containers, as quantities add up.
    fileprivate var total: (cpu: Quantity, memory: Quantity) {
        switch self {
        case .node(let usage): (UsageText.cpu(usage.cpuNanocores), UsageText.memory(usage.memoryBytes))
        case .pod(let pod):
            pod.containers.reduce((.zero, .zero)) { sum, container in
                (sum.0 + UsageText.cpu(container.usage.cpuNanocores), sum.1 + UsageText.memory(container.usage.memoryBytes))
            }
        }
    }
}
