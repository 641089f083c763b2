// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubePKI
import Testing

@testable import APIServerKit

/// With openssl's client, since ours never resumes a session; left out where it is not installed.
@Suite("resumed TLS sessions", .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")))
struct ResumedSessionTests {
    @Test("a client keeps its identity when it resumes a session", arguments: ["-tls1_2", "-tls1_3"])
    func identity(version: String) async throws {
        try await TestServer.with { test async throws in
            let folder = NSTemporaryDirectory() + "resumed-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try PKIFile.makeDirectory(folder)
            let alice = try test.clientCredential("alice")
            try PKIFile.write(alice.certificatePEM + alice.privateKeyPEM, to: folder + "/alice.pem", mode: 0o600)
            try PKIFile.write("GET /whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", to: folder + "/request", mode: 0o644)
            let client =
                "timeout 20 openssl s_client \(version) -connect 127.0.0.1:\(test.port) -cert \(folder)/alice.pem -ign_eof < \(folder)/request"
            let first = try await output(of: "\(client) -sess_out \(folder)/session", in: folder)
            #expect(first.contains("New, TLS"))
            #expect(first.contains(#""user":"alice""#))
            let second = try await output(of: "\(client) -sess_in \(folder)/session", in: folder)
            #expect(second.contains("Reused, TLS"))
            #expect(second.contains(#""user":"alice""#))
        }
    }

    /// Waits without blocking a thread: the server needs those there are.
    private func output(of command: String, in folder: String) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "\(command) > \(folder)/output 2>&1"]
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return try PKIFile.read("\(folder)/output") ?? ""
    }
}
