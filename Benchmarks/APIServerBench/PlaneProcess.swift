// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation
import KubeModel
import NIOSSL

/// The server's process, from outside.
final class PlaneProcess: Sendable {
    let port: Int
    let barePort: Int
    let tls: NIOSSLContext
    private let process: Process
    /// Ends with us, however we end: then the server ends, too.
    private let lifeline = Pipe()
    private let directory: String

    /// Starts it with so many pods and waits until it is ready.
    init(podCount: Int) throws {
        directory = NSTemporaryDirectory() + "updraft-bench-\(getpid())-\(podCount)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["serve", directory, "\(podCount)"]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = lifeline
        try process.run()
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            let piece = output.fileHandleForReading.availableData
            guard !piece.isEmpty else { throw BenchFailure("the API server ended") }
            line += piece
        }
        let ready = try JSONValue.parse(line)
        port = Int(ready["port"]?.int ?? 0)
        barePort = Int(ready["barePort"]?.int ?? 0)
        func pem(_ key: String) -> [UInt8] { Array((ready[key]?.string ?? "").utf8) }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(pem("ca")))
        configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(pem("certificate")).map { .certificate($0) }
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: pem("key"), format: .pem))
        configuration.certificateVerification = .noHostnameVerification
        tls = try NIOSSLContext(configuration: configuration)
    }

    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// User and system time so far, of all its threads.
    var cpuSeconds: Double { ProcessFigures.cpuSeconds(of: process.processIdentifier) }
    var residentMiB: Int { ProcessFigures.residentMiB(of: process.processIdentifier) }
}
