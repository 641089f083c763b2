// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@testable import NodeAgent

@Suite("Volumes at a container's paths", .enabled(if: isRoot, "mounting needs root"))
struct VolumeMountTests {
    @Test("a path that the host does not have is there for the container, and not on the host", arguments: [true, false])
    func missingPath(usesOverlays: Bool) async throws {
        try await Sandbox.with { sandbox in
            let volume = try sandbox.volume("metadata", ["labels": "app=\"podinfo\""])
            let target = "/etc/\(UInt32.random(in: 0 ... .max))/metadata"
            let script = "cat \(target)/labels; ls /etc/hosts /etc/passwd; cat /etc/hosts >/dev/null && echo hosts"
            let text = try await sandbox.run(script, [.init(source: volume, target: target, isReadOnly: true)], usesOverlays)
            #expect(text == "app=\"podinfo\"/etc/hosts\n/etc/passwd\nhosts\n")
            #expect(!FileManager.default.fileExists(atPath: target))
        }
    }

    @Test("a path in the root folder gives the container a root of its own", arguments: [true, false])
    func rootPath(usesOverlays: Bool) async throws {
        try await Sandbox.with { sandbox in
            let volume = try sandbox.volume("data", ["greeting": "hello"])
            let target = "/updraft\(UInt32.random(in: 0 ... .max))"
            let script = "cat \(target)/greeting; echo more > \(target)/written; ls /proc/1/status; pwd"
            let text = try await sandbox.run(script, [.init(source: volume, target: target, isReadOnly: false)], usesOverlays)
            #expect(text.hasPrefix("hello/proc/1/status\n\(sandbox.folder)"))
            #expect(try String(contentsOfFile: volume + "/written", encoding: .utf8) == "more\n")
            #expect(!FileManager.default.fileExists(atPath: target))
        }
    }

    @Test("read-only is read-only, and shows what changes on the outside")
    func readOnly() async throws {
        try await Sandbox.with { sandbox in
            let volume = try sandbox.volume("config", ["a": "1"])
            let target = "/opt/updraft-\(UInt32.random(in: 0 ... .max))"
            let launch = try sandbox.launch(
                "echo x > \(target)/b || echo refused; while ! [ -e \(target)/c ]; do sleep 0.01; done; cat \(target)/c",
                mounts: [.init(source: volume, target: target, isReadOnly: true)])
            let process = try await launch.start(on: sandbox.host)
            #expect(await eventually { sandbox.printed(launch.log).contains("refused") })
            try Data("later".utf8).write(to: URL(fileURLWithPath: volume + "/c"))
            #expect(await process.waitForExit()?.code == 0)
            #expect(sandbox.printed(launch.log).hasSuffix("later"))
        }
    }

    @Test("volumes nest, files are mounted as files, and a source may lie in the folder that is covered")
    func nesting() async throws {
        try await Sandbox.with { sandbox in
            let outer = try sandbox.volume("outer", ["o": "outer"])
            let inner = try sandbox.volume("inner", ["i": "inner"])
            let base = sandbox.folder + "/mounted"
            let text = try await sandbox.run(
                "cat \(base)/o \(base)/sub/i \(sandbox.folder)/file; echo w > \(base)/new",
                [
                    .init(source: inner, target: base + "/sub", isReadOnly: true), .init(source: outer, target: base, isReadOnly: false),
                    .init(source: inner + "/i", target: sandbox.folder + "/file", isReadOnly: true),
                ], true)
            #expect(text == "outerinnerinner")
            // Written into the volume itself, not into the layer over the folder that holds both.
            #expect(FileManager.default.fileExists(atPath: outer + "/new"))
            #expect(!FileManager.default.fileExists(atPath: base))
        }
    }

    @Test("nothing of it is mounted on the host, and nothing stays mounted")
    func noTraces() async throws {
        try await Sandbox.with { sandbox in
            let volume = try sandbox.volume("v", [:])
            _ = try await sandbox.run("true", [.init(source: volume, target: "/srv/updraft-x", isReadOnly: false)], true)
            let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
            #expect(!mounts.contains("updraft-x") && !mounts.contains(sandbox.folder))
        }
    }

    @Test("a source that is not there, and a path that is none, are refused by name")
    func refusals() throws {
        #expect(throws: NodeAgentError.self) {
            _ = try MountPlan([.init(source: "/no/source", target: "/x", isReadOnly: false)], scratch: "/tmp/s", usesOverlays: true)
        }
        for target in ["relative", "/", "", "/a/../b"] {
            #expect(throws: NodeAgentError.self) {
                _ = try MountPlan([.init(source: "/tmp", target: target, isReadOnly: false)], scratch: "/tmp/s", usesOverlays: true)
            }
        }
    }
}

extension Sandbox {
    fileprivate func volume(_ name: String, _ files: [String: String]) throws -> String {
        let path = "\(folder)/volumes/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
        return path
    }

    fileprivate func run(_ script: String, _ mounts: [MountPlan.Mount], _ usesOverlays: Bool) async throws -> String {
        let launch = try launch(script, mounts: mounts)
        let process = try await host.start(try launch.process(usesOverlays: usesOverlays), log: launch.log)
        _ = await process.waitForExit()
        return printed(launch.log)
    }
}
