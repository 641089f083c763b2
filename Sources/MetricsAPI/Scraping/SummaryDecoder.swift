// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import UsageWindow

/// Reads what a kubelet answers on `/stats/summary`.
///
/// - Source: k8s.io/kubelet pkg/apis/stats/v1alpha1/types.go; metrics-server v0.3 pkg/sources/summary/summary.go
package enum SummaryDecoder {
    /// - Throws: `KubeletFailure` that names the node.
    package static func decode(_ bytes: [UInt8], of node: String) throws(KubeletFailure) -> NodeScrape {
        let json: JSONValue
        do { json = try JSONValue.parse(bytes) } catch {
            throw KubeletFailure(.text, "node \(node): its /stats/summary is no JSON: \(error)")
        }
        var scrape = NodeScrape(node: json["node"].flatMap(point))
        pods: for pod in json["pods"]?.array ?? [] {
            guard let name = pod["podRef"]?["name"]?.string, let namespace = pod["podRef"]?["namespace"]?.string else { continue }
            var points: [ContainerPoint] = []
            for container in pod["containers"]?.array ?? [] {
                // A part would be taken for the whole.
                guard let name = container["name"]?.string, let point = point(container) else { continue pods }
                if !points.contains(where: { $0.name == name }) { points.append(ContainerPoint(name: name, point: point)) }
            }
            if !points.isEmpty { scrape.pods.append(PodPoints(name: NamespacedName(namespace: namespace, name: name), containers: points)) }
        }
        return scrape
    }

    /// nil unless both usages were told, and neither is zero.
    private static func point(_ json: JSONValue) -> UsagePoint? {
        guard let cpu = json["cpu"]?["usageCoreNanoSeconds"]?.int, let memory = json["memory"]?["workingSetBytes"]?.int, cpu > 0, memory > 0,
            let time = (json["cpu"]?["time"] ?? json["memory"]?["time"])?.timestamp
        else { return nil }
        return UsagePoint(
            startNanoseconds: json["startTime"]?.timestamp?.nanosecondsSinceEpoch, timestampNanoseconds: time.nanosecondsSinceEpoch,
            cpuNanoCoreSeconds: UInt64(cpu), memoryBytes: UInt64(memory))
    }
}
