// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import KubeModel

/// The kubelet's `/metrics/cadvisor`: containers' usage and limits as cAdvisor tells them, for Prometheus.
///
/// Labels have their names twice, as kubelets of 1.14 and 1.15 had them: rules from before then ask for `pod_name` and `container_name`. What
/// stands for a pod or the node as a whole has no container, and no image.
/// - Source: names and shapes of google/cadvisor metrics/prometheus.go, labels of kubernetes pkg/kubelet/server/server.go
struct ContainerMetrics {
    let metrics: ResourceMetrics
    let capacity: ResourceLimits

    /// One series of each family.
    private struct Subject {
        var id: String
        var pod: ResourceMetrics.Pod?
        var container: PodWorker.ContainerSample?
        var cpuNanoseconds: UInt64
        var memoryBytes: UInt64
        var startTime: Timestamp
    }

    private var subjects: [Subject] {
        var subjects = [
            Subject(id: "/", cpuNanoseconds: metrics.nodeCPUNanoseconds, memoryBytes: metrics.nodeMemoryBytes, startTime: metrics.nodeStart)
        ]
        for pod in metrics.pods where !pod.containers.isEmpty {
            let id = "/kubepods/pod\(pod.uid)"
            subjects.append(
                Subject(
                    id: id, pod: pod, cpuNanoseconds: pod.cpuNanoseconds,
                    memoryBytes: pod.memoryBytes,
                    startTime: pod.startTime ?? metrics.time))
            subjects += pod.containers.map {
                Subject(
                    id: "\(id)/\($0.name)", pod: pod, container: $0, cpuNanoseconds: $0.usage.cpuNanoseconds, memoryBytes: $0.usage.memoryBytes,
                    startTime: $0.startTime)
            }
        }
        return subjects
    }

    var text: [UInt8] {
        let subjects = subjects.map { ($0, labels($0)) }
        let milliseconds = metrics.timestampMilliseconds
        var writer = ExpositionWriter(reservingCapacity: 512 + subjects.count * 3200)
        writer.family("container_cpu_usage_seconds_total", .counter, help: "Cumulative CPU time consumed, in core-seconds")
        for (subject, labels) in subjects {
            writer.sample(
                "container_cpu_usage_seconds_total", labels: [("cpu", "total")] + labels, nanoseconds: subject.cpuNanoseconds,
                timestampMilliseconds: milliseconds)
        }
        for (name, help) in [
            ("container_memory_working_set_bytes", "Memory that cannot be dropped, in bytes"),
            ("container_memory_usage_bytes", "Memory in use, here the working set, in bytes"),
        ] {
            writer.family(name, .gauge, help: help)
            for (subject, labels) in subjects {
                writer.sample(name, labels: labels, integer: subject.memoryBytes, timestampMilliseconds: milliseconds)
            }
        }
        writer.family("container_start_time_seconds", .gauge, help: "When it started, in seconds since 1970")
        for (subject, labels) in subjects { writer.sample("container_start_time_seconds", labels: labels, Double(subject.startTime.seconds)) }
        writer.family("container_last_seen", .gauge, help: "When it was last seen, in seconds since 1970")
        for (_, labels) in subjects { writer.sample("container_last_seen", labels: labels, Double(metrics.time.seconds)) }
        limits(subjects, &writer)
        writer.family("machine_cpu_cores", .gauge, help: "The node's share of the machine's CPUs")
        writer.sample("machine_cpu_cores", [:], Double(capacity.cpuMillis ?? 0) / 1000)
        writer.family("machine_memory_bytes", .gauge, help: "The node's share of the machine's memory, in bytes")
        writer.sample("machine_memory_bytes", [:], integer: UInt64(clamping: capacity.memoryBytes ?? 0))
        writer.family("container_scrape_error", .gauge, help: "1 if something could not be read, 0 otherwise")
        writer.sample("container_scrape_error", [:], integer: 0)
        return writer.bytes
    }

    /// Of containers alone; 0 stands for no limit of memory, and no quota is no series.
    private func limits(_ subjects: [(Subject, [(key: String, value: String)])], _ writer: inout ExpositionWriter) {
        let containers = subjects.compactMap { subject, labels in subject.container.map { ($0.limits, labels) } }
        writer.family("container_spec_cpu_period", .gauge, help: "The period of the CPU quota, in microseconds")
        for (limits, labels) in containers where limits.cpuQuotaMicroseconds != nil {
            writer.sample("container_spec_cpu_period", labels: labels, integer: 100_000)
        }
        writer.family("container_spec_cpu_quota", .gauge, help: "The CPU time of each period that the limit allows, in microseconds")
        for (limits, labels) in containers {
            if let quota = limits.cpuQuotaMicroseconds { writer.sample("container_spec_cpu_quota", labels: labels, integer: UInt64(clamping: quota)) }
        }
        writer.family("container_spec_memory_limit_bytes", .gauge, help: "The limit of memory, in bytes; 0 for none")
        for (limits, labels) in containers {
            writer.sample("container_spec_memory_limit_bytes", labels: labels, integer: UInt64(clamping: limits.memoryBytes ?? 0))
        }
    }

    private func labels(_ subject: Subject) -> [(key: String, value: String)] {
        let pod = subject.pod?.name ?? ""
        let container = subject.container?.name ?? ""
        var name = ""
        if let pod = subject.pod, let container = subject.container {
            name = "k8s_\(container.name)_\(pod.name)_\(pod.namespace)_\(pod.uid)_\(container.restartCount)"
        }
        return [
            ("container", container), ("container_name", container), ("id", subject.id), ("image", subject.container?.image ?? ""), ("name", name),
            ("namespace", subject.pod?.namespace ?? ""), ("pod", pod), ("pod_name", pod),
        ]
    }
}

/// The kubelet's own `/metrics`, as far as a node that runs processes has them.
///
/// - Source: names of kubernetes pkg/kubelet/metrics/metrics.go; `kubelet_running_pod_count` is what 1.18 and before called it.
struct KubeletMetrics {
    let node: String
    let metrics: ResourceMetrics

    var text: [UInt8] {
        var writer = ExpositionWriter(reservingCapacity: 1024)
        let pods = UInt64(metrics.pods.count { !$0.containers.isEmpty })
        writer.family("kubelet_node_name", .gauge, help: "The node's name; always 1")
        writer.sample("kubelet_node_name", ["node": node], integer: 1)
        for name in ["kubelet_running_pods", "kubelet_running_pod_count"] {
            writer.family(name, .gauge, help: "How many pods have a running container")
            writer.sample(name, [:], integer: pods)
        }
        writer.family("kubelet_running_containers", .gauge, help: "How many containers run")
        writer.sample(
            "kubelet_running_containers", ["container_state": "running"], integer: UInt64(metrics.pods.reduce(0) { $0 + $1.containers.count }))
        return writer.bytes
    }
}
