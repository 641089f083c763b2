// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import Glibc
import KubeModel
import UsageWindow

/// Reads what a kubelet answers on `/metrics/resource`, scrape after scrape of one node.
///
/// It remembers which labels mean which container, so that from the second scrape on no text is made of them.
/// - Source: decodeBatch, metrics-server v0.9 pkg/scraper/client/resource/decode.go
package struct ResourceMetricsDecoder {
    private enum Metric { case nodeCPU, nodeMemory, containerCPU, containerMemory, containerStart }

    /// Of a node or of one container.
    private struct Measured {
        /// `Int64.min` where not told.
        var start = Int64.min
        /// `Int64.min` where neither usage was told.
        var timestamp = Int64.min
        var cpu: UInt64 = 0
        var memory: UInt64 = 0

        /// nil unless both usages were told, and neither is zero: a zero is a counter that has not begun.
        var point: UsagePoint? {
            guard timestamp != .min, cpu != 0, memory != 0 else { return nil }
            return UsagePoint(
                startNanoseconds: start == .min ? nil : start, timestampNanoseconds: timestamp, cpuNanoCoreSeconds: cpu, memoryBytes: memory)
        }
    }

    private struct Container {
        let name: String
        var measured = Measured()
        /// The scrape that told of it last.
        var scrape: UInt32 = 0
        /// The pod's next one, in the order in which they were first told; -1 at the end.
        var next: Int32 = -1
    }

    private struct Pod {
        let name: NamespacedName
        var first: Int32
        var last: Int32
    }

    private var pods: [Pod] = []
    private var containers: [Container] = []
    /// Containers by their labels as written, pods by namespace and name.
    private var series = SeriesTable()
    private var podIndexes = SeriesTable()
    private var scrape: UInt32 = 0

    package init() {}

    /// - Parameter scrapeTimeMilliseconds: For samples without a timestamp.
    package mutating func decode(_ text: Span<UInt8>, scrapeTimeMilliseconds: Int64) throws(ExpositionError) -> NodeScrape {
        scrape &+= 1
        var node = Measured()
        var reader = ExpositionReader()
        while true {
            if let known = readKnown(text, &reader) {
                set(known.metric, ofContainer: known.index, known.value, (known.timestamp ?? scrapeTimeMilliseconds) &* 1_000_000)
                continue
            }
            guard let entry = try reader.next(text) else { break }
            guard case .sample(let sample) = entry, let metric = Self.metric(text, sample.series) else { continue }
            let nanoseconds = (sample.timestampMilliseconds ?? scrapeTimeMilliseconds) &* 1_000_000
            switch metric {
            case .nodeCPU, .nodeMemory: Self.set(&node, metric, sample.value, nanoseconds)
            default:
                guard let index = container(text, sample.series, reader.labels) else { continue }
                set(metric, ofContainer: index, sample.value, nanoseconds)
            }
        }
        let result = NodeScrape(node: node.point, pods: complete())
        forgetTheGone()
        return result
    }

    /// A line whose labels were read before, which are then not taken apart again; nil for any other, which is left as it is.
    private func readKnown(
        _ text: Span<UInt8>, _ reader: inout ExpositionReader
    ) -> (metric: Metric, index: Int, value: Double, timestamp: Int64?)? {
        let start = reader.position
        guard start < text.count, text[start] == UInt8(ascii: "c") else { return nil }
        guard let (metric, open) = Self.containerMetric(text, start..<text.count), open < text.count, text[open] == UInt8(ascii: "{") else {
            return nil
        }
        guard let close = Self.firstBrace(text, open), let index = series.find(SeriesTable.hash(text, open..<close + 1)) else { return nil }
        guard let (value, timestamp) = reader.value(text, after: close + 1) else { return nil }
        return (metric, index, value, timestamp)
    }

    /// Where the next closing brace is.
    private static func firstBrace(_ text: Span<UInt8>, _ start: Int) -> Int? {
        text.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let found = memchr(base + start, Int32(UInt8(ascii: "}")), bytes.count - start) else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    private mutating func set(_ metric: Metric, ofContainer index: Int, _ value: Double, _ nanoseconds: Int64) {
        if containers[index].scrape != scrape {
            containers[index].scrape = scrape
            containers[index].measured = Measured()
        }
        Self.set(&containers[index].measured, metric, value, nanoseconds)
    }

    private static func set(_ measured: inout Measured, _ metric: Metric, _ value: Double, _ nanoseconds: Int64) {
        switch metric {
        case .nodeCPU, .containerCPU:
            measured.cpu = UInt64(clamped: value * 1e9)
            measured.timestamp = nanoseconds
        case .nodeMemory, .containerMemory:
            measured.memory = UInt64(clamped: value)
            measured.timestamp = nanoseconds
        case .containerStart: measured.start = Int64(clamped: value * 1e9)
        }
    }

    /// The pods all of whose containers told everything.
    private func complete() -> [PodPoints] {
        var result: [PodPoints] = []
        result.reserveCapacity(pods.count)
        pods: for pod in pods {
            var points: [ContainerPoint] = []
            var next = pod.first
            while next >= 0 {
                let container = containers[Int(next)]
                next = container.next
                guard container.scrape == scrape else { continue }
                guard let point = container.measured.point else { continue pods }
                points.append(ContainerPoint(name: container.name, point: point))
            }
            if !points.isEmpty { result.append(PodPoints(name: pod.name, containers: points)) }
        }
        return result
    }

    /// Once most containers known are no longer there, begins anew.
    private mutating func forgetTheGone() {
        guard containers.count > 64, containers.count > 2 * containers.count(where: { $0.scrape == scrape }) else { return }
        self = ResourceMetricsDecoder()
    }

    // MARK: Which series

    private static func metric(_ text: Span<UInt8>, _ series: Range<Int>) -> Metric? {
        switch text[series.lowerBound] {
        case UInt8(ascii: "c"): containerMetric(text, series)?.metric
        case UInt8(ascii: "n"):
            if has("node_cpu_usage_seconds_total", text, series) {
                .nodeCPU
            } else {
                has("node_memory_working_set_bytes", text, series) ? .nodeMemory : nil
            }
        default: nil
        }
    }

    /// With where its name ends.
    private static func containerMetric(_ text: Span<UInt8>, _ series: Range<Int>) -> (metric: Metric, end: Int)? {
        for (name, metric) in containerMetrics where has(name, text, series) { return (metric, series.lowerBound + name.utf8CodeUnitCount) }
        return nil
    }

    private static let containerMetrics: [(StaticString, Metric)] = [
        ("container_cpu_usage_seconds_total", .containerCPU), ("container_memory_working_set_bytes", .containerMemory),
        ("container_start_time_seconds", .containerStart),
    ]

    /// Whether the series begins with `name`, and its labels directly behind it.
    private static func has(_ name: StaticString, _ text: Span<UInt8>, _ series: Range<Int>) -> Bool {
        let length = name.utf8CodeUnitCount
        guard series.count >= length else { return false }
        guard series.count == length || text[series.lowerBound + length] == UInt8(ascii: "{") else { return false }
        return text.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            return memcmp(base + series.lowerBound, name.utf8Start, length) == 0
        }
    }

    /// By its labels with their braces, as written; nil where they name none.
    private mutating func container(_ text: Span<UInt8>, _ written: Range<Int>, _ labels: [ExpositionReader.Label]) -> Int? {
        guard let open = written.first(where: { text[$0] == UInt8(ascii: "{") }) else { return nil }
        let hash = SeriesTable.hash(text, open..<written.upperBound)
        if let known = series.find(hash) { return known }
        guard let index = addContainer(text, labels) else { return nil }
        series.insert(hash, index)
        return index
    }

    private mutating func addContainer(_ text: Span<UInt8>, _ labels: [ExpositionReader.Label]) -> Int? {
        var (container, pod, namespace): (String?, String?, String?)
        for label in labels {
            switch ExpositionEscapes.text(text, label.name) {
            case "container": container = Self.value(text, label.value)
            case "pod": pod = Self.value(text, label.value)
            case "namespace": namespace = Self.value(text, label.value)
            default: break
            }
        }
        guard let container, let pod, var namespace else { return nil }
        // Mostly the one before, whose memory is then shared.
        if let last = pods.last, last.name.namespace == namespace { namespace = last.name.namespace }
        let name = NamespacedName(namespace: namespace, name: pod)
        let hash = SeriesTable.hash(namespace, pod)
        guard let podIndex = podIndexes.find(hash) else {
            podIndexes.insert(hash, pods.count)
            pods.append(Pod(name: name, first: Int32(truncatingIfNeeded: containers.count), last: Int32(truncatingIfNeeded: containers.count)))
            containers.append(Container(name: container))
            return containers.count - 1
        }
        var next = pods[podIndex].first
        while next >= 0 {
            if containers[Int(next)].name == container { return Int(next) }
            next = containers[Int(next)].next
        }
        containers[Int(pods[podIndex].last)].next = Int32(truncatingIfNeeded: containers.count)
        pods[podIndex].last = Int32(truncatingIfNeeded: containers.count)
        containers.append(Container(name: container))
        return containers.count - 1
    }

    /// Up to the first quote, even one that is escaped, as upstream cuts it: no such name exists, and none is to be made up of two.
    private static func value(_ text: Span<UInt8>, _ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range {
            if text[index] == UInt8(ascii: "\"") { break }
            bytes.append(text[index])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UInt64 {
    /// Cut to whole; nothing for what is negative or no number.
    fileprivate init(clamped value: Double) { self = value > 0 ? (value < 0x1p64 ? UInt64(value) : .max) : 0 }
}

extension Int64 {
    fileprivate init(clamped value: Double) {
        self = value < 0x1p63 ? (value > -0x1p63 ? Int64(value) : .min) : (value.isNaN ? 0 : .max)
    }
}
