// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import Glibc
import KubeModel
import Synchronization

/// The kubelet's `/metrics/resource`: what each container, pod and the node have used.
///
/// - Source: names and shapes of kubernetes pkg/kubelet/metrics/collectors/resource_metrics.go
struct ResourceMetrics: Sendable {
    struct Pod: Sendable {
        var namespace: String
        var name: String
        var uid = ""
        var containers: [PodWorker.ContainerSample]

        var cpuNanoseconds: UInt64 { containers.reduce(0) { $0 &+ $1.usage.cpuNanoseconds } }
        var memoryBytes: UInt64 { containers.reduce(0) { $0 &+ $1.usage.memoryBytes } }
        /// nil where none runs.
        var startTime: Timestamp? { containers.map(\.startTime).min() }
    }

    var pods: [Pod]
    var nodeStart: Timestamp
    var nodeCPUNanoseconds: UInt64
    var nodeMemoryBytes: UInt64
    /// When it was all read.
    var time: Timestamp

    /// `time`, as samples tell it.
    var timestampMilliseconds: Int64 { time.seconds * 1000 + Int64(time.nanoseconds) / 1_000_000 }

    var text: [UInt8] {
        var writer = ExpositionWriter(reservingCapacity: 512 + pods.count * 900)
        let milliseconds = timestampMilliseconds
        func seconds(_ time: Timestamp) -> Double { Double(time.seconds) + Double(time.nanoseconds) / 1e9 }

        writer.family("container_cpu_usage_seconds_total", .counter, help: "Cumulative CPU time of the container, in core-seconds")
        forEachContainer { pod, container in
            writer.sample(
                "container_cpu_usage_seconds_total", ["container": container.name, "namespace": pod.namespace, "pod": pod.name],
                nanoseconds: container.usage.cpuNanoseconds, timestampMilliseconds: milliseconds)
        }
        writer.family("container_memory_working_set_bytes", .gauge, help: "Working set of the container, in bytes")
        forEachContainer { pod, container in
            writer.sample(
                "container_memory_working_set_bytes", ["container": container.name, "namespace": pod.namespace, "pod": pod.name],
                integer: container.usage.memoryBytes, timestampMilliseconds: milliseconds)
        }
        writer.family("container_start_time_seconds", .gauge, help: "Start of the container, in seconds since 1970")
        forEachContainer { pod, container in
            writer.sample(
                "container_start_time_seconds", ["container": container.name, "namespace": pod.namespace, "pod": pod.name],
                seconds(container.startTime))
        }
        writer.family("node_cpu_usage_seconds_total", .counter, help: "Cumulative CPU time of the node, in core-seconds")
        writer.sample("node_cpu_usage_seconds_total", [:], nanoseconds: nodeCPUNanoseconds, timestampMilliseconds: milliseconds)
        writer.family("node_memory_working_set_bytes", .gauge, help: "Working set of the node, in bytes")
        writer.sample("node_memory_working_set_bytes", [:], integer: nodeMemoryBytes, timestampMilliseconds: milliseconds)
        writer.family("pod_cpu_usage_seconds_total", .counter, help: "Cumulative CPU time of the pod, in core-seconds")
        for pod in pods where !pod.containers.isEmpty {
            writer.sample(
                "pod_cpu_usage_seconds_total", ["namespace": pod.namespace, "pod": pod.name],
                nanoseconds: pod.cpuNanoseconds, timestampMilliseconds: milliseconds)
        }
        writer.family("pod_memory_working_set_bytes", .gauge, help: "Working set of the pod, in bytes")
        for pod in pods where !pod.containers.isEmpty {
            writer.sample(
                "pod_memory_working_set_bytes", ["namespace": pod.namespace, "pod": pod.name],
                integer: pod.memoryBytes, timestampMilliseconds: milliseconds)
        }
        writer.family("resource_scrape_error", .gauge, help: "1 if something could not be read, 0 otherwise")
        writer.sample("resource_scrape_error", [:], integer: 0)
        return writer.bytes
    }

    private func forEachContainer(_ body: (Pod, PodWorker.ContainerSample) -> Void) {
        for pod in pods { for container in pod.containers { body(pod, container) } }
    }
}

/// The node's CPU as a counter that never falls: its containers', those that have ended included, and its share of Updraft's own.
final class NodeUsage: Sendable {
    private struct State {
        var live: [String: UInt64] = [:]
        /// What was last seen of those that a look missed: one that began before another may end after it, so that some come back.
        var missed: [String: UInt64] = [:]
        /// Of those that will not come back.
        var ended: UInt64 = 0
    }

    private static let remembered = 1000
    private let shares: UInt64
    private let state = Mutex(State())

    /// - Parameter shares: How many nodes Updraft's own use is divided by.
    init(shares: Int) { self.shares = UInt64(max(1, shares)) }

    /// - Parameter containers: What each running container has used, by a key that no later run of it has.
    func cpuNanoseconds(_ containers: [String: UInt64]) -> UInt64 {
        let total = state.withLock { state in
            for (key, nanoseconds) in state.live where containers[key] == nil { state.missed[key] = nanoseconds }
            for key in containers.keys { state.missed[key] = nil }
            if state.missed.count > Self.remembered {
                state.ended = state.missed.values.reduce(state.ended, &+)
                state.missed = [:]
            }
            state.live = containers
            return containers.values.reduce(state.missed.values.reduce(state.ended, &+), &+)
        }
        return total &+ Self.ownCPUNanoseconds / shares
    }

    func memoryBytes(_ containers: UInt64) -> UInt64 { containers &+ Self.ownMemoryBytes / shares }

    private static var ownCPUNanoseconds: UInt64 {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static var ownMemoryBytes: UInt64 {
        let pages = KernelFile.read("/proc/self/statm")?.split(separator: " ").compactMap { UInt64($0) } ?? []
        return pages.count > 1 ? pages[1] * UInt64(max(1, sysconf(Int32(_SC_PAGESIZE)))) : 0
    }
}
