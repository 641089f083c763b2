// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation
import KubeModel

/// From the start of `updraft up` on an empty directory until it is ready, and what it holds when idle. Budgets: 2 s, 150 MiB.
struct LabBench {
    /// The release program beside this one.
    private let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(
        "updraft"
    ).path

    func run() throws {
        guard FileManager.default.isExecutableFile(atPath: program) else { return say("updraft up: NOT MEASURED: \(program) is not built") }
        var starts: [Double] = []
        var resident: [Int] = []
        var cpu: [Double] = []
        for round in 0..<5 {
            let directory = NSTemporaryDirectory() + "updraft-bench-lab-\(getpid())-\(round)"
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let started = ContinuousClock.now
            try call(["up", "--detach", "--data-dir", directory, "--port-offset", "\(21_000 + round)"])
            starts.append(started.duration(to: .now) / .seconds(1))
            defer { try? call(["down", "--data-dir", directory]) }
            guard let process = Self.process(naming: directory) else { throw BenchFailure("the lab's process is not found") }
            sleep(5)
            let before = ProcessFigures.cpuSeconds(of: process)
            sleep(5)
            cpu.append((ProcessFigures.cpuSeconds(of: process) - before) / 5)
            resident.append(ProcessFigures.residentMiB(of: process))
        }
        starts.sort()
        say(
            "updraft up on an empty directory: ready after \(text(starts[2], 2)) s (\(text(starts[0], 2))–\(text(starts[4], 2))); idle after 10 s: "
                + "\(resident.sorted()[2]) MiB resident, \(text(cpu.sorted()[2] * 100, 1)) % of a core")
    }

    private func call(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchFailure("updraft \(arguments[0]) ended with \(process.terminationStatus)") }
    }

    /// The largest process with that directory among its arguments.
    private static func process(naming directory: String) -> Int32? {
        let processes = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
        return processes.filter { process in
            ((try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? "").contains(directory)
        }.max { ProcessFigures.residentMiB(of: $0) < ProcessFigures.residentMiB(of: $1) }
    }
}
