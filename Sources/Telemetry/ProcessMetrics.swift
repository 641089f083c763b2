// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import Foundation

/// What Prometheus' clients tell of their process, from `/proc`; what cannot be read there is left out.
///
/// - Source: process_collector_procfs.go, prometheus/client_golang v1.22
package struct ProcessMetrics: Sendable {
    package init() {}

    /// What `/proc` counts time in; fixed in Linux' interface to programs.
    private static let ticksPerSecond = 100.0

    package func write(to writer: inout ExpositionWriter) {
        let stat = Self.statistics("/proc/self/stat")
        // Numbered from the state, which stands behind the name.
        if let user = stat[11], let system = stat[12] {
            let help = "Total user and system CPU time spent in seconds."
            Self.write("process_cpu_seconds_total", .counter, help, (user + system) / Self.ticksPerSecond, to: &writer)
        }
        let limits = Self.text("/proc/self/limits").split(separator: "\n")
        if let files = Self.limit("Max open files", limits) {
            Self.write("process_max_fds", .gauge, "Maximum number of open file descriptors.", files, to: &writer)
        }
        if let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            Self.write("process_open_fds", .gauge, "Number of open file descriptors.", Double(open), to: &writer)
        }
        if let pages = stat[21] {
            Self.write(
                "process_resident_memory_bytes", .gauge, "Resident memory size in bytes.", pages * Double(NSPageSize()), to: &writer)
        }
        if let started = stat[19], let boot = Self.bootTime {
            let help = "Start time of the process since unix epoch in seconds."
            Self.write("process_start_time_seconds", .gauge, help, boot + started / Self.ticksPerSecond, to: &writer)
        }
        if let bytes = stat[20] { Self.write("process_virtual_memory_bytes", .gauge, "Virtual memory size in bytes.", bytes, to: &writer) }
        if let bytes = Self.limit("Max address space", limits) {
            let help = "Maximum amount of virtual memory available in bytes."
            Self.write("process_virtual_memory_max_bytes", .gauge, help, bytes, to: &writer)
        }
    }

    private static func write(
        _ name: String, _ type: ExpositionWriter.MetricType, _ help: String, _ value: Double, to writer: inout ExpositionWriter
    ) {
        writer.family(name, type, help: help)
        writer.sample(name, [:], value)
    }

    private static func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    /// The fields behind the program's name, which may hold blanks and brackets, by their place.
    private static func statistics(_ path: String) -> [Int: Double] {
        let text = text(path)
        guard let end = text.lastIndex(of: ")") else { return [:] }
        var fields: [Int: Double] = [:]
        for (index, field) in text[text.index(after: end)...].split(separator: " ").enumerated() {
            fields[index] = Double(field.trimmingCharacters(in: .newlines))
        }
        return fields
    }

    /// The soft limit.
    private static func limit(_ name: String, _ lines: [Substring]) -> Double? {
        guard let line = lines.first(where: { $0.hasPrefix(name) }), let value = line.dropFirst(name.count).split(separator: " ").first else {
            return nil
        }
        // As Go prints no limit.
        return value == "unlimited" ? Double(UInt64.max) : Double(value)
    }

    /// Since 1970, in seconds.
    private static var bootTime: Double? {
        text("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }
}
