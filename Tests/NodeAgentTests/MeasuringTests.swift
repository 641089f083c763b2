// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@testable import NodeAgent

@Suite("Measuring and limiting")
struct MeasuringTests {
    /// Uses `seconds` of CPU, as its own clock has it, and waits to be looked at.
    private func burn(_ sandbox: Sandbox) -> String {
        "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; cat /proc/$$/schedstat; touch \(sandbox.folder)/burnt; exec sleep 100"
    }

    @Test("a node's CPU counts a container once, though a look misses it, and keeps what it used once it has ended")
    func nodeUsage() {
        let usage = NodeUsage(shares: 1)
        // Much more than this process has used.
        let much: UInt64 = 1_000_000_000_000_000
        #expect(usage.cpuNanoseconds(["a": much]) >= much)
        #expect(usage.cpuNanoseconds([:]) >= much)
        let again = usage.cpuNanoseconds(["a": much + 1])
        #expect(again > much && again < much + much / 2)
        for run in 0..<2500 {
            let total = usage.cpuNanoseconds(["b\(run)": 1])
            #expect(total >= much && total < much + much / 2)
        }
    }

    @Test("a container's CPU is told in nanoseconds, near to the scheduler's own count", arguments: [true, false])
    func cpu(usesClocks: Bool) async throws {
        try await Sandbox.with { sandbox in
            let groups: any ResourceGroups = usesClocks ? ProcessClocks() : sandbox.groups
            let group = try groups.make("node/uid/main", limits: ResourceLimits())
            let launch = try sandbox.launch(burn(sandbox), groups: group.entrances)
            let process = try await launch.start(on: sandbox.host)
            #expect(await eventually(within: .seconds(60)) { FileManager.default.fileExists(atPath: sandbox.folder + "/burnt") })
            let scheduled = Double(sandbox.printed(launch.log).split(separator: " ").first.map(String.init) ?? "") ?? 0
            let usage = try #require(group.usage(processGroup: process.number))
            #expect(scheduled > 10_000_000)
            #expect(Double(usage.cpuNanoseconds) > scheduled * 0.95)
            #expect(Double(usage.cpuNanoseconds) < scheduled * 1.2 + 20_000_000)
            #expect(usage.cpuNanoseconds % 10_000_000 != 0, "ticks of 10 ms are no nanoseconds")
            #expect(usage.memoryBytes > 50_000 && usage.memoryBytes < 50_000_000)
            group.kill(processGroup: process.number)
            #expect(await process.waitForExit()?.signal == SIGKILL)
        }
    }

    @Test(
        "a CPU limit is a share of each 100 ms, and one beyond what a kernel can be told is none",
        arguments: [(nil, nil), (Int64(1), Int64(1000)), (100, 10_000), (2500, 250_000), (.max, nil)] as [(Int64?, Int64?)])
    func quota(millis: Int64?, microseconds: Int64?) {
        #expect(ResourceLimits(cpuMillis: millis).cpuQuotaMicroseconds == microseconds)
    }

    @Test("children count, also those that have ended")
    func children() async throws {
        try await Sandbox.with { sandbox in
            guard sandbox.groups.enforcesLimits else { return }
            let group = try sandbox.groups.make("node/uid/main", limits: ResourceLimits())
            let script = "sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'; touch \(sandbox.folder)/burnt; exec sleep 100"
            let process = try await sandbox.launch(script, groups: group.entrances).start(on: sandbox.host)
            #expect(await eventually(within: .seconds(60)) { FileManager.default.fileExists(atPath: sandbox.folder + "/burnt") })
            #expect(try #require(group.usage(processGroup: process.number)).cpuNanoseconds > 10_000_000)
            // What has left the session is ended with the group all the same.
            group.kill(processGroup: process.number)
            _ = await process.waitForExit()
        }
    }

    @Test("what a container started in a session of its own ends with it")
    func escapes() async throws {
        try await Sandbox.with { sandbox in
            guard sandbox.groups.enforcesLimits else { return }
            let group = try sandbox.groups.make("node/uid/main", limits: ResourceLimits())
            let file = sandbox.folder + "/escaped"
            let launch = try sandbox.launch("setsid sh -c 'echo $$ > \(file); exec sleep 100' & wait", groups: group.entrances)
            let process = try await launch.start(on: sandbox.host)
            #expect(await eventually { Self.number(in: file) != nil })
            let escaped = try #require(Self.number(in: file))
            group.kill(processGroup: process.number)
            _ = await process.waitForExit()
            #expect(await eventually { ProcessRecords.startTicks(escaped) == nil })
        }
    }

    @Test("a CPU limit holds")
    func cpuLimit() async throws {
        try await Sandbox.with { sandbox in
            guard sandbox.groups.enforcesLimits else { return }
            let group = try sandbox.groups.make("node/uid/main", limits: ResourceLimits(cpuMillis: 100))
            let process = try await sandbox.launch("while :; do :; done", groups: group.entrances).start(on: sandbox.host)
            let before = try #require(group.usage(processGroup: process.number)).cpuNanoseconds
            let began = ContinuousClock.now
            try await Task.sleep(for: .milliseconds(500))
            let used = Double(try #require(group.usage(processGroup: process.number)).cpuNanoseconds - before)
            let share = used / 1e9 / ((ContinuousClock.now - began) / .seconds(1))
            // A tenth, and at most two periods' worth at the edges.
            #expect(share < 0.16, "\(share) of a core")
            group.kill(processGroup: process.number)
            _ = await process.waitForExit()
        }
    }

    @Test("a memory limit ends what exceeds it, and says so")
    func memoryLimit() async throws {
        try await Sandbox.with { sandbox in
            guard sandbox.groups.enforcesLimits else { return }
            let group = try sandbox.groups.make("node/uid/main", limits: ResourceLimits(memoryBytes: 16 << 20))
            #expect(group.outOfMemoryKills == 0)
            var launch = try sandbox.launch("", groups: group.entrances)
            launch.command = ["/usr/bin/tail", "/dev/zero"]
            let process = try await launch.start(on: sandbox.host)
            #expect(await process.waitForExit() == ContainerExit(code: 137, signal: SIGKILL))
            #expect(group.outOfMemoryKills > 0)
        }
    }

    @Test("groups are removed, with what runs in them")
    func removal() async throws {
        try await Sandbox.with { sandbox in
            guard sandbox.groups.enforcesLimits else { return }
            let group = try sandbox.groups.make("node/uid/main", limits: ResourceLimits())
            let process = try await sandbox.launch("exec sleep 100", groups: group.entrances).start(on: sandbox.host)
            sandbox.groups.removeAll()
            #expect(await process.waitForExit()?.signal == SIGKILL)
            for file in group.entrances { #expect(!FileManager.default.fileExists(atPath: file)) }
        }
    }

    private static func number(in file: String) -> Int32? {
        (try? String(contentsOfFile: file, encoding: .utf8)).flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
}
