// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Synchronization
import Testing

@testable import Commands

@Suite("the parts of commands")
struct CommandPartsTests {
    @Test("durations read as Go's", arguments: [("15s", 15.0), ("1m30s", 90), ("500ms", 0.5), ("0", 0), ("1.5h", 5400)])
    func durations(text: String, seconds: Double) {
        #expect(DurationArgument.parse(text) == .seconds(seconds))
    }

    @Test("what is no duration is refused", arguments: ["", "15", "s", "1x", "-1s", "1s ", "1m30"])
    func noDurations(text: String) {
        #expect(DurationArgument.parse(text) == nil)
    }

    @Test("a countdown is one line in a log, and every event is one line of JSON")
    func timeline() throws {
        let written = Mutex("")
        let plain = Timeline(format: .text, isTerminal: false) { text in written.withLock { $0 += text } }
        plain.emit(.wait, "podinfo", "cpu <unknown>: second sample in 2 s")
        plain.emit(.wait, "podinfo", "cpu <unknown>: second sample in 1 s")
        plain.emit(.scaled, "podinfo", "2 → 3")
        let lines = written.withLock { $0 }.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].contains("second sample in 2 s") && lines[1].hasSuffix("2 → 3"))

        written.withLock { $0 = "" }
        let json = Timeline(format: .json, isTerminal: false) { text in written.withLock { $0 += text } }
        json.emit(.scaled, "podinfo", "2 → 3", values: ["replicas": 3])
        let object = try JSONValue.parse(written.withLock { $0 })
        #expect(object["event"] == "scaled" && object["replicas"] == 3)

        written.withLock { $0 = "" }
        for second in ["0:01", "0:01", "0:02"] { json.emit(.wait, "idle", "\(second) of 0:20") }
        #expect(written.withLock { $0 }.split(separator: "\n").count == 2, "the same wait in the same words is said once")
    }

    @Test("a block is held by one lab at a time, and its holder is known")
    func blocks() throws {
        let claim = try #require(BlockClaim.claimAny(from: 200))
        #expect(BlockClaim.claim(claim.block) == nil)
        #expect(BlockClaim.holder(of: claim.block) == getpid())
        let other = try #require(BlockClaim.claimAny(from: claim.block.block))
        #expect(other.block != claim.block)
    }

    @Test("a process is told from a later one with its number")
    func processes() throws {
        let own = try #require(ProcessIdentity.current)
        #expect(own.isRunning)
        var earlier = own
        earlier.startTicks -= 1
        #expect(!earlier.isRunning)
    }

    @Test("a lab's record survives being written and read")
    func state() throws {
        let directory = LabDirectory(NSTemporaryDirectory() + "updraft-state-\(UUID().uuidString.prefix(8))")
        try directory.prepare()
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let state = LabState(
            process: .current, block: 77, apiServer: "https://127.0.0.1:6443", metricsServer: "https://127.0.0.1:10443", nodeCount: 3, isReady: true,
            version: "test")
        try directory.writeState(state)
        #expect(directory.readState() == state)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["lab.json"])
    }
}
