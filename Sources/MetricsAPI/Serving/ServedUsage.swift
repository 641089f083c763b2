// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import UsageWindow

/// What nodes and pods use, as answers tell it: scraped of kubelets, or asked of Prometheus.
protocol ServedUsage: Sendable {
    /// Hands those of `objects` over that have a usage: short work only, since all usage may stand still meanwhile.
    func measure(_ resource: MetricsCatalog.Resource, _ objects: ArraySlice<ListedObject>, _ body: (MeasuredObject) -> Void)

    /// Hands those of `pods` over that have a usage, each with its piece of an answer and with when it was measured: short work only.
    func encoded(
        _ pods: ArraySlice<ListedObject>, _ encoding: EncodedUsage.Encoding, encode: (PodUsage, inout [UInt8]) -> Void,
        _ body: (_ pod: ListedObject, _ piece: Span<UInt8>, _ time: Int64?) -> Void
    )
}

/// As scraped.
extension UsageStore: ServedUsage {
    func measure(_ resource: MetricsCatalog.Resource, _ objects: ArraySlice<ListedObject>, _ body: (MeasuredObject) -> Void) {
        read { table in
            for object in objects { if let measured = Self.measure(resource, object, table) { body(measured) } }
        }
    }

    func encoded(
        _ pods: ArraySlice<ListedObject>, _ encoding: EncodedUsage.Encoding, encode: (PodUsage, inout [UInt8]) -> Void,
        _ body: (_ pod: ListedObject, _ piece: Span<UInt8>, _ time: Int64?) -> Void
    ) {
        readEncoded { table, usage in
            for pod in pods {
                guard let place = Self.place(pod, table) else { continue }
                usage.withPods(at: place, in: table, encoding, encode: encode) { encoded in
                    let range = encoded.range(Int(place.pod))
                    guard !range.isEmpty else { return }
                    body(pod, encoded.bytes.span.extracting(range), encoded.time(Int(place.pod)))
                }
            }
        }
    }

    private static func place(_ pod: ListedObject, _ table: borrowing UsageTable) -> PodPlace? {
        let last = pod.lastPlace
        let place = table.place(pod: pod.name, on: pod.node, guess: last)
        if place != last { pod.lastPlace = place }
        return place
    }

    private static func measure(_ resource: MetricsCatalog.Resource, _ object: ListedObject, _ table: borrowing UsageTable) -> MeasuredObject? {
        switch resource {
        case .nodes: return table.usage(node: object.name.name).map { MeasuredObject(object: object, measurement: .node($0)) }
        case .pods:
            guard let place = place(object, table), let usage = table.usage(at: place) else { return nil }
            return MeasuredObject(object: object, measurement: .pod(usage))
        }
    }
}
