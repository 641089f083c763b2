// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import KubeModel
import Testing

@testable import NodeAgent

@Suite("Starting containers' programs")
struct LaunchTests {
    struct Ending: Sendable, CustomTestStringConvertible {
        var script: String
        var status: ContainerExit
        var testDescription: String { script }
    }

    @Test(
        "an exit is told as a shell tells it",
        arguments: [
            Ending(script: "exit 0", status: ContainerExit(code: 0)), Ending(script: "exit 3", status: ContainerExit(code: 3)),
            Ending(script: "kill -TERM $$", status: ContainerExit(code: 143, signal: SIGTERM)),
            Ending(script: "kill -KILL $$", status: ContainerExit(code: 137, signal: SIGKILL)),
        ])
    func exits(_ ending: Ending) async throws {
        try await Sandbox.with { sandbox in
            let process = try await sandbox.launch(ending.script).start(on: sandbox.host)
            #expect(await process.waitForExit() == ending.status)
        }
    }

    @Test("output and error are kept line by line with their times, all of it before the exit is told")
    func logs() async throws {
        try await Sandbox.with { sandbox in
            let before = wallClock()
            let launch = try sandbox.launch("i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; echo wrong >&2; printf 'no end'")
            let process = try await launch.start(on: sandbox.host)
            _ = await process.waitForExit()
            let lines = sandbox.printed(launch.log).split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count == 2002)
            #expect(lines.filter { $0.hasPrefix("line ") }.enumerated().allSatisfy { "line \($0.offset)" == $0.element })
            #expect(lines.contains("wrong"))
            var options = LogOptions()
            options.stream = "stderr"
            options.showsTimes = true
            let error = sandbox.printed(launch.log, options).split(separator: " ", maxSplits: 1)
            #expect(error.count == 2 && error[1] == "wrong\n")
            let time = try #require(Timestamp(String(error[0])))
            #expect(time >= before && time <= wallClock())
        }
    }

    @Test("a program that is not there says so, and leaves nothing behind")
    func missingProgram() async throws {
        try await Sandbox.with { sandbox in
            var launch = try sandbox.launch("")
            launch.command = ["/no/such/program"]
            let error = await #expect(throws: NodeAgentError.self) { _ = try await launch.start(on: sandbox.host) }
            #expect(error?.code == .launch)
            #expect(error?.message == "cannot start /no/such/program: No such file or directory")
        }
    }

    @Test("it starts with its own session, its own environment, no open files but three, and no signal ignored")
    func cleanStart() async throws {
        try await Sandbox.with { sandbox in
            signal(SIGPIPE, SIG_IGN)
            let text = try await sandbox.output(
                of: "echo /proc/self/fd/*; grep SigIgn /proc/$$/status; [ $$ = $(ps -o sid= -p $$) ] && echo leads; env | sort")
            // The fourth is the directory that the shell lists.
            #expect(text.contains("/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n"))
            // Signals from 32 on are the C library's own.
            let ignored = text.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }.flatMap { UInt64($0.dropFirst(8), radix: 16) }
            #expect(ignored.map { $0 & 0x7FFF_FFFF } == 0)
            #expect(text.contains("leads\n"))
            #expect(!text.contains("HOME="))
        }
    }

    @Test("when the host of the processes ends, so do they")
    func endOfHost() async throws {
        try await Sandbox.with { sandbox in
            let process = try await sandbox.launch("trap '' TERM HUP INT; while :; do sleep 1; done").start(on: sandbox.host)
            #expect(ProcessRecords.startTicks(process.number) != nil)
            sandbox.host.stop()
            #expect(await process.waitForExit() == nil)
            #expect(await eventually { ProcessRecords.startTicks(process.number) == nil })
            await #expect(throws: NodeAgentError.self) { _ = try await sandbox.launch("exit 0").start(on: sandbox.host) }
        }
    }

    @Test("what a killed run left is ended at the next start, also what its dead parent had started; a number used again is not")
    func orphans() async throws {
        try await Sandbox.with { sandbox in
            let records = ProcessRecords(folder: sandbox.folder + "/processes")
            // Stands for a run's container: the leader dies, what it started lives on.
            let left = try await sandbox.launch("sleep 100 & sleep 100 & exec sleep 100").start(on: sandbox.host)
            #expect(await eventually { ProcessClockGroup.members(of: left.number).count == 3 })
            try records.add(left.number)
            kill(left.number, SIGKILL)
            _ = await left.waitForExit()
            let other = try await sandbox.launch("exec sleep 100", name: "other").start(on: sandbox.host)
            try records.add(other.number)
            // As if another process had got the recorded number.
            try Data("1\n".utf8).write(to: URL(fileURLWithPath: "\(records.folder)/\(other.number)"))
            #expect(records.reap() == 1)
            #expect(await eventually { ProcessClockGroup.members(of: left.number).isEmpty })
            #expect(ProcessRecords.startTicks(other.number) != nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: records.folder).isEmpty)
        }
    }

    @Test(
        "an image's program is found by its name, whatever its registry's port, its tag or its digest",
        arguments: [
            ("nginx", true), ("nginx:1.27", true), ("docker.io/library/nginx", true), ("nginx@sha256:abc", true), ("nginx:1.27@sha256:abc", true),
            ("localhost:5000/nginx", false), ("nginx-extra:1", false), ("localhost:5000/tools", true), ("localhost:5000/tools@sha256:abc", false),
        ])
    func images(image: String, isFound: Bool) throws {
        var map = ImageMap(path: "images.yaml", executable: "/usr/bin/updraft")
        try map.add(
            yaml: """
                - {image: "nginx:*", command: [/usr/sbin/nginx]}
                - {image: "localhost:5000/tools:latest", command: [/usr/bin/tools]}
                """)
        #expect((map.command(for: image) != nil) == isFound)
    }
}
