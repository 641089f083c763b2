// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a kubelet of the farm tells at a time: counters that grow at a pace of each container's own, working sets that wander.
struct KubeletText: Sendable {
    let settings: FarmSettings
    let node: Int
    /// When the farm began, since 1970.
    let start: Int64

    /// - Parameter milliseconds: Now, since 1970.
    func text(at milliseconds: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(400 * settings.pods * settings.containers + 2048)
        let elapsed = Double(milliseconds - start * 1000) / 1000
        begin("container_cpu_usage_seconds_total", "counter", "Cumulative cpu time consumed by the container in core-seconds", &bytes)
        each { pod, container, seed in
            line("container_cpu_usage_seconds_total", pod, container, 100 + pace(seed) * elapsed, milliseconds, &bytes)
        }
        begin("container_memory_working_set_bytes", "gauge", "Current working set of the container in bytes", &bytes)
        each { pod, container, seed in
            line("container_memory_working_set_bytes", pod, container, memory(seed, elapsed), milliseconds, &bytes)
        }
        begin("container_start_time_seconds", "gauge", "Start time of the container since unix epoch in seconds", &bytes)
        each { pod, container, seed in
            line("container_start_time_seconds", pod, container, Double(start - 86_400 - Int64(seed % 1000)) + 0.25, nil, &bytes)
        }
        begin("node_cpu_usage_seconds_total", "counter", "Cumulative cpu time consumed by the node in core-seconds", &bytes)
        bytes += "node_cpu_usage_seconds_total ".utf8
        append(50_000 + 2.5 * elapsed, &bytes)
        bytes += " \(milliseconds)\n".utf8
        begin("node_memory_working_set_bytes", "gauge", "Current working set of the node in bytes", &bytes)
        bytes += "node_memory_working_set_bytes \(8_000_000_000 + node * 4096) \(milliseconds)\n".utf8
        begin("scrape_error", "gauge", "1 if there was an error while getting container metrics, 0 otherwise", &bytes)
        bytes += "scrape_error 0\n".utf8
        return bytes
    }

    private func each(_ body: (_ pod: Int, _ container: Int, _ seed: Int) -> Void) {
        for pod in 0..<settings.pods {
            for container in 0..<settings.containers { body(pod, container, (node * settings.pods + pod) * settings.containers + container) }
        }
    }

    /// 10 to 260 thousandths of a core.
    private func pace(_ seed: Int) -> Double { 0.01 + Double(seed &* 7919 % 250) / 1000 }
    private func memory(_ seed: Int, _ elapsed: Double) -> Double {
        Double((30_000_000 + seed % 1000 * 65_536 + Int(elapsed * 1000) * (seed % 7) % 4_000_000) / 4096 * 4096)
    }

    private func begin(_ name: String, _ type: String, _ help: String, _ bytes: inout [UInt8]) {
        bytes += "# HELP \(name) [STABLE] \(help)\n# TYPE \(name) \(type)\n".utf8
    }

    private func line(_ name: StaticString, _ pod: Int, _ container: Int, _ value: Double, _ milliseconds: Int64?, _ bytes: inout [UInt8]) {
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes += "{container=\"c\(container)\",namespace=\"\(settings.namespace(node, pod))\",pod=\"\(settings.podName(node, pod))\"} ".utf8
        append(value, &bytes)
        if let milliseconds {
            bytes.append(UInt8(ascii: " "))
            JSONValue.encode(milliseconds, into: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// With six decimals where it is not whole.
    private func append(_ value: Double, _ bytes: inout [UInt8]) {
        let millionths = Int64(value * 1_000_000)
        JSONValue.encode(millionths / 1_000_000, into: &bytes)
        guard millionths % 1_000_000 != 0 else { return }
        bytes.append(UInt8(ascii: "."))
        let rest = String(millionths % 1_000_000)
        bytes += (String(repeating: "0", count: 6 - rest.count) + rest).utf8
    }
}
