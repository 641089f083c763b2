// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import UsageWindow

/// In Kubernetes' protobuf: field by field what upstream's generated code writes, empty texts of required fields included.
/// - Source: k8s.io/metrics pkg/apis/metrics/v1beta1/generated.proto; k8s.io/apimachinery pkg/runtime/generated.proto (Unknown)
struct MetricsProtobufWriter: MetricsWriter {
    private let form: MetricsForm
    private var body: [UInt8] = []
    private var item: [UInt8] = []
    private var part: [UInt8] = []
    private var finished: [UInt8] = []
    private var hasBegun = false

    init(_ form: MetricsForm) { self.form = form }

    mutating func takeBytes() -> [UInt8] {
        defer { finished = [] }
        return finished
    }

    mutating func writeObject(_ object: MeasuredObject) {
        appendMembers(object)
        body = item
        finish(isList: false)
    }

    mutating func appendItem(_ object: MeasuredObject) {
        if !hasBegun { beginList() }
        appendMembers(object)
        body.appendField(2, item)
    }

    mutating func finishList() {
        if !hasBegun { beginList() }
        finish(isList: true)
    }

    /// ListMeta has nothing to say, in three texts.
    private mutating func beginList() {
        hasBegun = true
        body.appendField(1, [0x0A, 0, 0x12, 0, 0x1A, 0])
    }

    private mutating func finish(isList: Bool) {
        var type: [UInt8] = []
        type.appendField(1, Array(form.apiVersion.utf8))
        type.appendField(2, Array(form.kind(isList: isList).utf8))
        finished = [0x6B, 0x38, 0x73, 0]
        finished.reserveCapacity(body.count + 128)
        finished.appendField(1, type)
        finished.appendField(2, body)
        finished.append(contentsOf: [0x1A, 0, 0x22, 0])
        body = []
    }

    /// Into `item`.
    private mutating func appendMembers(_ object: MeasuredObject) {
        item.removeAll(keepingCapacity: true)
        appendMetadata(object.object)
        guard case .object = form.form else { return }
        let usage = object.measurement.usage
        part.removeAll(keepingCapacity: true)
        if let usage {
            part.append(0x08)
            part.appendVarint(UInt64(bitPattern: UsageText.seconds(usage.timestampNanoseconds)))
            part.append(contentsOf: [0x10, 0])
        }
        item.appendField(2, part)
        part.removeAll(keepingCapacity: true)
        part.append(0x08)
        part.appendVarint(UInt64(bitPattern: usage?.windowNanoseconds ?? 0))
        item.appendField(3, part)
        switch object.measurement {
        case .node(let usage): Self.appendUsage(4, usage, to: &item)
        case .pod(let usage):
            usage.forEach { name, usage in
                part.removeAll(keepingCapacity: true)
                part.appendText(1, name)
                Self.appendUsage(2, usage, to: &part)
                item.appendField(4, part)
            }
        }
    }

    private mutating func appendMetadata(_ object: ListedObject) {
        part.removeAll(keepingCapacity: true)
        part.appendText(1, object.name.name)
        part.appendText(2, "")
        part.appendText(3, object.name.namespace)
        for field in 4...6 { part.appendText(field, "") }
        part.append(contentsOf: [7 << 3, 0])
        var time: [UInt8] = [0x08]
        time.appendVarint(UInt64(bitPattern: UsageText.seconds(form.now.nanosecondsSinceEpoch)))
        time.append(contentsOf: [0x10, 0])
        part.appendField(8, time)
        object.labels.forEach { key, value in
            part.appendTag(11)
            part.appendVarint(UInt64(2 + Self.lengthSize(key.count) + key.count + Self.lengthSize(value.count) + value.count))
            part.appendField(1, object.labels.json[key])
            part.appendField(2, object.labels.json[value])
        }
        item.appendField(1, part)
    }

    private static func lengthSize(_ length: Int) -> Int { length < 0x80 ? 1 : length < 0x4000 ? 2 : 3 }

    /// As a map from resource name to Quantity.
    private static func appendUsage(_ field: Int, _ usage: Usage, to bytes: inout [UInt8]) {
        appendEntry(field, "cpu", to: &bytes) { UsageText.appendCPU(usage.cpuNanocores, to: &$0) }
        appendEntry(field, "memory", to: &bytes) { UsageText.appendMemory(usage.memoryBytes, to: &$0) }
    }

    /// The text is short, so that each length before it fits one byte.
    private static func appendEntry(_ field: Int, _ name: StaticString, to bytes: inout [UInt8], _ text: (inout [UInt8]) -> Void) {
        bytes.appendTag(field)
        let start = bytes.count
        bytes.append(contentsOf: [0, 0x0A, UInt8(name.utf8CodeUnitCount)])
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: [0x12, 0, 0x0A, 0])
        let value = bytes.count
        text(&bytes)
        let length = bytes.count - value
        bytes[value - 1] = UInt8(length)
        bytes[value - 3] = UInt8(length + 2)
        bytes[start] = UInt8(bytes.count - start - 1)
    }
}

extension [UInt8] {
    /// Of a field that has a length.
    fileprivate mutating func appendTag(_ field: Int) { append(UInt8(field << 3 | 2)) }

    fileprivate mutating func appendField(_ field: Int, _ content: some Collection<UInt8>) {
        appendTag(field)
        appendVarint(UInt64(content.count))
        append(contentsOf: content)
    }

    fileprivate mutating func appendText(_ field: Int, _ text: String) {
        appendTag(field)
        appendVarint(UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }

    fileprivate mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}
