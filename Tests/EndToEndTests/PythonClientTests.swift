// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// The official Python client, unmodified; what it does is in `Scripts/python_client.py`.
    @Suite("the Python client works as on a real cluster", .serialized)
    struct PythonClientTests {
        @Test("lists, watches, patches, applies, defines kinds, elects leaders, and its informer outlives a restart of the server")
        func client() async throws {
            let packages = "\(Tool.repository)/.build/tools/python"
            _ = try Tool.require(FileManager.default.fileExists(atPath: "\(packages)/installed.txt") ? packages : nil, "the Python client")
            let directory = try LabProcess.temporaryDirectory()
            let up = ["up", "--detach", "--wait", "60s", "--data-dir", directory, "--port-offset", "6500"]
            let started = try await Tool.run(Tool.updraft, up, seconds: 90)
            #expect(started.status == 0, "\(started.text)")
            let restart = "'\(Tool.updraft)' down --data-dir '\(directory)' && '\(Tool.updraft)' \(up.joined(separator: " "))"
            let result = try await Tool.run(
                "/usr/bin/env", ["python3", "\(Tool.repository)/Tests/EndToEndTests/Scripts/python_client.py", "\(directory)/kubeconfig", restart],
                environment: ["PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": "1"], seconds: 240)
            #expect(result.status == 0, "\(result.text)")
            let passed = result.output.split(separator: "\n").filter { $0.hasPrefix("ok ") }
            #expect(passed.count == 7, "\(result.text)")
            let stopped = try await Tool.run(Tool.updraft, ["down", "--data-dir", directory])
            #expect(stopped.status == 0, "\(stopped.text)")
            try FileManager.default.removeItem(atPath: directory)
        }
    }
}
