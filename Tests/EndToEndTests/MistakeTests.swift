// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    @Suite("mistakes are named, with the next step", .serialized)
    struct MistakeTests {
        @Test("wrong usage exits with 2 and says what was wrong")
        func usage() async throws {
            for arguments in [["up", "--port-offset", "many"], ["up", "--no-such-flag"], ["frobnicate"], ["demo", "-o", "xml"]] {
                let result = try await Tool.run(Tool.updraft, arguments)
                #expect(result.status == 2, "updraft \(arguments.joined(separator: " ")): \(result.text)")
                #expect(result.errors.contains("Error:"))
            }
        }

        @Test(
            "every command has help with an example",
            arguments: [[], ["up"], ["status"], ["down"], ["demo"], ["controller-manager"], ["explain"], ["load"], ["version"]])
        func help(arguments: [String]) async throws {
            let result = try await Tool.run(Tool.updraft, arguments + ["--help"])
            #expect(result.status == 0)
            #expect(result.output.contains("Example"), "\(result.output)")
        }

        @Test("a port already taken: the error names it and the process that holds it")
        func portTaken() async throws {
            let holder = Process()
            holder.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            holder.arguments = [
                "python3", "-c", "import socket,time\ns=socket.socket()\ns.bind(('127.0.0.1',\(6443 + 4700)))\ns.listen()\ntime.sleep(60)",
            ]
            try holder.run()
            // It may have inherited a mask that blocks anything gentler.
            defer { kill(holder.processIdentifier, SIGKILL) }
            try await Task.sleep(for: .milliseconds(800))
            let directory = try LabProcess.temporaryDirectory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let result = try await Tool.run(Tool.updraft, ["up", "--data-dir", directory, "--port-offset", "4700"], seconds: 30)
            #expect(result.status == 1, "\(result.text)")
            #expect(result.errors.contains("127.0.0.1:\(6443 + 4700)"), "\(result.text)")
            #expect(result.errors.contains("\(holder.processIdentifier)"), "\(result.text)")
            #expect(result.errors.contains("fix:"), "\(result.text)")
        }

        @Test("a data directory that takes no files: the error names the path")
        func unwritable() async throws {
            let file = NSTemporaryDirectory() + "updraft-e2e-file-\(UUID().uuidString.prefix(8))"
            _ = FileManager.default.createFile(atPath: file, contents: Data())
            defer { try? FileManager.default.removeItem(atPath: file) }
            let result = try await Tool.run(Tool.updraft, ["up", "--data-dir", file + "/lab"], seconds: 30)
            #expect(result.status == 1, "\(result.text)")
            #expect(result.errors.contains(file), "\(result.text)")
            #expect(result.errors.contains("--data-dir"), "\(result.text)")
        }

        @Test("a data directory without write permission, for an ordinary user")
        func noPermission() async throws {
            // Root may write anywhere, so it is tried as nobody.
            guard getuid() == 0 else { return }
            let directory = try LabProcess.temporaryDirectory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: directory)
            let copy = NSTemporaryDirectory() + "updraft-e2e-\(UUID().uuidString.prefix(8))"
            try FileManager.default.copyItem(atPath: Tool.updraft, toPath: copy)
            defer { try? FileManager.default.removeItem(atPath: copy) }
            let result = try await Tool.run(
                "/usr/bin/setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", copy, "up", "--data-dir", directory], seconds: 30)
            #expect(result.status == 1, "\(result.text)")
            #expect(result.errors.contains(directory) && result.errors.contains("Permission denied"), "\(result.text)")
        }

        @Test("a second up on one directory names the process that has it")
        func secondUp() async throws {
            try await withLab(offset: 4800) { lab in
                let result = try await Tool.run(Tool.updraft, ["up", "--data-dir", lab.directory, "--port-offset", "4900"], seconds: 30)
                #expect(result.status == 1, "\(result.text)")
                #expect(result.errors.contains("\(lab.processID)"), "\(result.text)")
            }
        }

        @Test("status and down without a lab say so")
        func noLab() async throws {
            let directory = try LabProcess.temporaryDirectory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let status = try await Tool.run(Tool.updraft, ["status", "--data-dir", directory])
            #expect(status.status == 1)
            #expect(status.output.contains("no lab runs"))
            let down = try await Tool.run(Tool.updraft, ["down", "--data-dir", directory])
            #expect(down.status == 0)
        }

        @Test("up --detach, status and down, as a CI job uses them")
        func detached() async throws {
            let directory = try LabProcess.temporaryDirectory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let up = try await Tool.run(
                Tool.updraft, ["up", "--data-dir", directory, "--port-offset", "5000", "--detach", "--wait", "60s"], seconds: 90)
            #expect(up.status == 0, "\(up.text)")
            let status = try await Tool.run(Tool.updraft, ["status", "--data-dir", directory, "-o", "json"])
            #expect(status.status == 0 && status.output.contains("\"ready\":true"), "\(status.text)")
            let down = try await Tool.run(Tool.updraft, ["down", "--data-dir", directory])
            #expect(down.status == 0, "\(down.text)")
            #expect(try await Tool.run(Tool.updraft, ["status", "--data-dir", directory]).status == 1)
        }
    }
}
