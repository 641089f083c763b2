// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import KubeModel
import UsageWindow

/// Reads what a kubelet answers on `/metrics/resource`, scrape after scrape of one node.
///
/// It remembers which labels mean which container, so that from the second scrape on no text is made of them.
/// - Source: decodeBatch, metrics-server v0.9 pkg/scraper/client/resource/decode.go
struct ResourceMetricsDecoder {
    private enum Metric { case nodeCPU, nodeMemory, containerCPU, containerMemory, containerStart }

    private struct Measured {
        var start: Int64?
        var timestamp: Int64?
        var cpu: UInt64 = 0
        var memory: UInt64 = 0

        /// nil unless both usages were told, and neither is zero: a zero is a counter that has not begun.
        var point: UsagePoint? {
            guard let timestamp, cpu != 0, memory != 0 else { return nil }
            return UsagePoint(startNanoseconds: start, timestampNanoseconds: timestamp, cpuNanoCoreSeconds: cpu, memoryBytes: memory)
        }
    }

    private struct Container {
        let name: String
        var measured = Measured()
        /// The scrape that told of it last.
        var scrape = 0
    }

    private struct Pod {
        let name: NamespacedName
        var containers: [Int] = []
    }

    private var pods: [Pod] = []
    private var containers: [Container] = []
    private var podIndexes: [NamespacedName: Int] = [:]
    private var series = SeriesTable()
    private var scrape = 0

    init() {}

    /// - Parameter scrapeTimeMilliseconds: For samples without a timestamp.
    mutating func decode(_ text: Span<UInt8>, scrapeTimeMilliseconds: Int64) throws(ExpositionError) -> NodeScrape {
        scrape += 1
        var node = Measured()
        var reader = ExpositionReader()
        while let entry = try reader.next(text) {
            guard case .sample(let sample) = entry, let metric = Self.metric(text, sample.series) else { continue }
            let nanoseconds = (sample.timestampMilliseconds ?? scrapeTimeMilliseconds) &* 1_000_000
            switch metric {
            case .nodeCPU, .nodeMemory: Self.set(&node, metric, sample.value, nanoseconds)
            default:
                guard let index = container(text, sample.series, reader.labels) else { continue }
                if containers[index].scrape != scrape {
                    containers[index].scrape = scrape
                    containers[index].measured = Measured()
                }
                Self.set(&containers[index].measured, metric, sample.value, nanoseconds)
            }
        }
        let result = NodeScrape(node: node.point, pods: complete())
        forgetTheGone()
        return result
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
            points.reserveCapacity(pod.containers.count)
            for index in pod.containers where containers[index].scrape == scrape {
                guard let point = containers[index].measured.point else { continue pods }
                points.append(ContainerPoint(name: containers[index].name, point: point))
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
        let first = text[series.lowerBound]
        guard first == UInt8(ascii: "c") || first == UInt8(ascii: "n") else { return nil }
        let isNode = first == UInt8(ascii: "n")
        if isNode {
            if has("node_cpu_usage_seconds_total", text, series) { return .nodeCPU }
            return has("node_memory_working_set_bytes", text, series) ? .nodeMemory : nil
        }
        if has("container_cpu_usage_seconds_total", text, series) { return .containerCPU }
        if has("container_memory_working_set_bytes", text, series) { return .containerMemory }
        return has("container_start_time_seconds", text, series) ? .containerStart : nil
    }

    /// Whether the series begins with `name`, and its labels directly behind it.
    private static func has(_ name: StaticString, _ text: Span<UInt8>, _ series: Range<Int>) -> Bool {
        let length = name.utf8CodeUnitCount
        guard series.count >= length else { return false }
        guard series.count == length || text[series.lowerBound + length] == UInt8(ascii: "{") else { return false }
        return name.withUTF8Buffer { expected in
            for index in 0..<length where text[series.lowerBound &+ index] != expected[index] { return false }
            return true
        }
    }

    private mutating func container(_ text: Span<UInt8>, _ written: Range<Int>, _ labels: [ExpositionReader.Label]) -> Int? {
        guard let first = labels.first, let last = labels.last else { return nil }
        let range = first.name.lowerBound..<last.value.upperBound
        if let known = series.find(text, range) { return known }
        guard let index = addContainer(text, labels) else { return nil }
        series.insert(text, range, index)
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
        guard let container, let pod, let namespace else { return nil }
        let name = NamespacedName(namespace: namespace, name: pod)
        let podIndex = podIndexes[name] ?? pods.count
        if podIndex == pods.count {
            podIndexes[name] = podIndex
            pods.append(Pod(name: name))
        }
        if let known = pods[podIndex].containers.first(where: { containers[$0].name == container }) { return known }
        containers.append(Container(name: container))
        pods[podIndex].containers.append(containers.count - 1)
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
