// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import UsageWindow

/// In Kubernetes' protobuf: field by field what upstream's generated code writes, empty texts of required fields included.
/// - Source: k8s.io/metrics pkg/apis/metrics/v1beta1/generated.proto; k8s.io/apimachinery pkg/runtime/generated.proto (Unknown)
struct MetricsProtobufWriter: MetricsWriter {
    static let encoding = EncodedUsage.Encoding.protobuf

    private let form: MetricsForm
    /// Field 8 of the metadata: the time of serving.
    private let creation: [UInt8]
    private var body: [UInt8] = []
    private var finished: [UInt8] = []
    private var hasBegun = false

    init(_ form: MetricsForm) {
        self.form = form
        var time: [UInt8] = [0x08]
        time.appendVarint(UInt64(bitPattern: UsageText.seconds(form.now.nanosecondsSinceEpoch)))
        time.append(contentsOf: [0x10, 0])
        var creation: [UInt8] = []
        creation.appendField(8, time)
        self.creation = creation
    }

    mutating func takeBytes() -> [UInt8] {
        defer { finished = [] }
        return finished
    }

    mutating func writeObject(_ object: MeasuredObject) {
        let piece = piece(object)
        body = []
        appendMembers(object.object, piece.span)
        finish(isList: false)
    }

    mutating func appendItem(_ object: MeasuredObject) {
        let piece = piece(object)
        appendItem(object.object, piece: piece.span)
    }

    mutating func appendItem(_ object: ListedObject, piece: Span<UInt8>) {
        if !hasBegun { beginList() }
        body.appendTag(2)
        let metadata = metadataLength(object)
        body.appendVarint(UInt64(1 + Self.varintLength(metadata) + metadata + piece.count))
        appendMembers(object, piece)
    }

    /// Empty where only metadata is asked for.
    private mutating func piece(_ object: MeasuredObject) -> [UInt8] {
        var piece: [UInt8] = []
        if case .object = form.form { appendPiece(object.measurement, to: &piece) }
        return piece
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

    /// The metadata, and what follows it.
    private mutating func appendMembers(_ object: ListedObject, _ piece: Span<UInt8>) {
        let metadata = metadataLength(object)
        let creation = creation
        body.append(addingCapacity: metadata + piece.count + 16) { body in
            body.append(1 << 3 | 2)
            body.append(varint: UInt64(metadata))
            Self.appendMetadata(object, creation, to: &body)
            body.append(contentsOf: piece)
        }
    }

    private func metadataLength(_ object: ListedObject) -> Int {
        Self.fieldLength(object.name.name.utf8.count) + Self.fieldLength(object.name.namespace.utf8.count) + 10 + creation.count
            + object.labels.protobuf.count
    }

    /// - Source: ObjectMeta, k8s.io/apimachinery pkg/apis/meta/v1/generated.proto
    private static func appendMetadata(_ object: ListedObject, _ creation: [UInt8], to bytes: inout OutputSpan<UInt8>) {
        bytes.append(field: 1, object.name.name.utf8.span)
        bytes.append(2 << 3 | 2)
        bytes.append(0)
        bytes.append(field: 3, object.name.namespace.utf8.span)
        for field: UInt8 in 4...6 {
            bytes.append(field << 3 | 2)
            bytes.append(0)
        }
        bytes.append(7 << 3)
        bytes.append(0)
        bytes.append(contentsOf: creation.span)
        let labels = object.labels.protobuf
        bytes.append(contentsOf: labels.span)
    }

    private static func varintLength(_ value: Int) -> Int { max(1, (Int.bitWidth - value.leadingZeroBitCount + 6) / 7) }
    /// Of a field below 16 with its tag.
    private static func fieldLength(_ content: Int) -> Int { 1 + varintLength(content) + content }

    mutating func appendPiece(_ measurement: MeasuredObject.Measurement, to bytes: inout [UInt8]) {
        let usage = measurement.usage
        var part: [UInt8] = []
        if let usage {
            part.append(0x08)
            part.appendVarint(UInt64(bitPattern: UsageText.seconds(usage.timestampNanoseconds)))
            part.append(contentsOf: [0x10, 0])
        }
        bytes.appendField(2, part)
        part.removeAll(keepingCapacity: true)
        part.append(0x08)
        part.appendVarint(UInt64(bitPattern: usage?.windowNanoseconds ?? 0))
        bytes.appendField(3, part)
        switch measurement {
        case .node(let usage): Self.appendUsage(4, usage, to: &bytes)
        case .pod(let pod):
            for index in pod.indices {
                guard let usage = pod.usage(index) else { continue }
                part.removeAll(keepingCapacity: true)
                part.appendText(1, pod.name(index))
                Self.appendUsage(2, usage, to: &part)
                bytes.appendField(4, part)
            }
        }
    }

    /// As a map from resource name to Quantity.
    private static func appendUsage(_ field: Int, _ usage: Usage, to bytes: inout [UInt8]) {
        appendEntry(field, "cpu", to: &bytes) { UsageText.appendCPU(usage.cpuNanocores, to: &$0) }
        appendEntry(field, "memory", to: &bytes) { UsageText.appendMemory(usage.memoryBytes, to: &$0) }
    }

    /// The text is short, so that each length before it fits one byte.
    private static func appendEntry(_ field: Int, _ name: StaticString, to bytes: inout [UInt8], _ text: (inout OutputSpan<UInt8>) -> Void) {
        let start = bytes.count
        bytes.append(addingCapacity: name.utf8CodeUnitCount + UsageText.longest + 8) { bytes in
            bytes.append(UInt8(field << 3 | 2))
            bytes.append(0)
            bytes.append(0x0A)
            bytes.append(UInt8(name.utf8CodeUnitCount))
            bytes.append(name)
            for byte: UInt8 in [0x12, 0, 0x0A, 0] { bytes.append(byte) }
            text(&bytes)
        }
        let value = start + 8 + name.utf8CodeUnitCount
        let length = bytes.count - value
        bytes[value - 1] = UInt8(length)
        bytes[value - 3] = UInt8(length + 2)
        bytes[start + 1] = UInt8(bytes.count - start - 2)
    }
}
