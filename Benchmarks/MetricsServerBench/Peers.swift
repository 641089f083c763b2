// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation
import NIOSSL

/// A process of the measurement, ended with it.
final class BenchProcess {
    private let process = Process()
    private let lifeline = Pipe()
    private let output = Pipe()

    var identifier: Int32 { process.processIdentifier }

    init(_ program: String, _ arguments: [String], log: String) throws {
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = lifeline
        process.standardOutput = output
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process.standardError = FileHandle(forWritingAtPath: log)
        try process.run()
    }

    /// Waits for a line that begins so.
    func wait(for beginning: String) throws {
        var text = ""
        while !text.split(separator: "\n").contains(where: { $0.hasPrefix(beginning) }) {
            let piece = output.fileHandleForReading.availableData
            guard !piece.isEmpty else { throw BenchFailure("\(process.executableURL?.lastPathComponent ?? "a process") ended: \(text)") }
            text += String(decoding: piece, as: UTF8.self)
        }
    }

    func stop() {
        kill(process.processIdentifier, SIGTERM)
        let deadline = Date().addingTimeInterval(10)
        while process.isRunning, Date() < deadline { usleep(20_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }
}

/// A farm, and a metrics server that scrapes it.
struct BenchPeers {
    let farm: BenchProcess
    let server: BenchProcess
    let port = 18_443
    let tls: NIOSSLContext
    let directory: String

    /// - Parameter program: `updraft`, or what takes its place with metrics-server's flags.
    init(_ settings: FarmSettings, program: [String], resolution: Int) throws {
        directory = NSTemporaryDirectory() + "metrics-server-bench-\(getpid())-\(settings.nodes)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        farm = try BenchProcess(own, ["farm", "--directory", directory] + settings.arguments, log: directory + "/farm.log")
        try farm.wait(for: "ready")
        server = try BenchProcess(
            program[0],
            program.dropFirst() + [
                "--kubeconfig=\(directory)/kubeconfig", "--authentication-kubeconfig=\(directory)/kubeconfig",
                "--authorization-kubeconfig=\(directory)/kubeconfig", "--metric-resolution=\(resolution)s",
                "--kubelet-request-timeout=\(min(10, resolution * 2 / 3))s", "--secure-port=\(port)",
                "--bind-address=127.0.0.1", "--cert-dir=\(directory)/certificates", "--kubelet-preferred-address-types=InternalIP",
                "--kubelet-use-node-status-port", "--kubelet-certificate-authority=\(directory)/ca.crt",
            ], log: directory + "/server.log")
        var client = TLSConfiguration.makeClientConfiguration()
        client.certificateVerification = .none
        client.certificateChain = try NIOSSLCertificate.fromPEMFile(directory + "/admin.crt").map { .certificate($0) }
        client.privateKey = .privateKey(try NIOSSLPrivateKey(file: directory + "/admin.key", format: .pem))
        tls = try NIOSSLContext(configuration: client)
    }

    func stop() {
        server.stop()
        farm.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// nil where there is no answer.
    func get(_ path: String) async -> LoadConnection.Answers? {
        let answers = try? await LoadConnection.run(port: port, tls: tls, keepsBody: true) { $0 == 0 ? .init(path: path) : nil }
        return answers?.failure == nil ? answers : nil
    }

    func measure(_ path: String, accept: String = "application/json", requests: Int) async throws -> Figures {
        let (cpu, started) = (ProcessFigures.cpuSeconds(of: server.identifier), ContinuousClock.now)
        let answers = try await LoadConnection.run(port: port, tls: tls) { $0 < requests ? .init(path: path, accept: accept) : nil }
        if let failure = answers.failure { throw BenchFailure("\(path): \(failure)") }
        return Figures(
            latencies: answers.latencies, seconds: started.duration(to: .now) / .seconds(1),
            serverCPU: ProcessFigures.cpuSeconds(of: server.identifier) - cpu, bytes: answers.bytes)
    }
}
