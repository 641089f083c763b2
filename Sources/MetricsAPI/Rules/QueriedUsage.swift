// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricRules
import UsageWindow

/// What Prometheus told for one answer.
struct QueriedUsage: ServedUsage {
    private var measurements: [NamespacedName: MeasuredObject.Measurement] = [:]

    /// - Parameters:
    ///   - told: By name, of nodes or of one namespace's pods.
    ///   - window: What the queries average over.
    mutating func add(_ told: [String: CompiledResourceRules.Measurement], of subject: CompiledResourceRules.Subject, window: Duration) {
        for (name, measurement) in told {
            let usages = measurement.parts.map { part in
                ContainerUsage(name: part.key, usage: Usage(part.value, at: measurement.time, window: window))
            }
            switch subject {
            case .nodes:
                if let usage = usages.first?.usage { measurements[NamespacedName(namespace: "", name: name)] = .node(usage) }
            case .pods(let namespace): measurements[NamespacedName(namespace: namespace, name: name)] = .pod(PodUsage(usages))
            }
        }
    }

    mutating func add(_ other: Self) { measurements.merge(other.measurements) { $1 } }

    func measure(_ resource: MetricsCatalog.Resource, _ objects: ArraySlice<ListedObject>, _ body: (MeasuredObject) -> Void) {
        for object in objects {
            if let measurement = measurements[object.name] { body(MeasuredObject(object: object, measurement: measurement)) }
        }
    }

    func encoded(
        _ pods: ArraySlice<ListedObject>, _ encoding: EncodedUsage.Encoding, encode: (PodUsage, inout [UInt8]) -> Void,
        _ body: (_ pod: ListedObject, _ piece: Span<UInt8>, _ time: Int64?) -> Void
    ) {
        var piece: [UInt8] = []
        for pod in pods {
            guard case .pod(let usage) = measurements[pod.name] else { continue }
            piece.removeAll(keepingCapacity: true)
            encode(usage, &piece)
            body(pod, piece.span, usage.earliest?.timestampNanoseconds)
        }
    }
}

extension Usage {
    fileprivate init(_ usage: CompiledResourceRules.Usage, at time: Timestamp, window: Duration) {
        let (seconds, attoseconds) = window.components
        self.init(
            cpuNanocores: UInt64(max(0, usage.cpu.nanoValue)), memoryBytes: UInt64(max(0, usage.memory.value)),
            timestampNanoseconds: time.nanosecondsSinceEpoch, windowNanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
