// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ControlPlane
import Foundation
import KubeClient
import KubeModel
import KubePKI
import KubeStore
import KubeStoreSQLite
import Logging
import NIOSSL
import ServiceLifecycle

/// The API server of a measurement, in a process of its own, and what another server needs to be its client.
package enum BenchCluster {
    /// Writes into `directory` what a metrics server needs (`kubeconfig`, `ca.crt`) and the API server's `port`, says on standard output that it
    /// is ready, and serves until standard input ends, or a signal comes.
    /// - Parameter start: What else the process serves, by certificates of the same authority.
    package static func serve(
        directory: String, name: String, objects: some Sequence<KubeObject>,
        start: (CertificateAuthority, _ now: @escaping @Sendable () -> Timestamp) async throws -> Void
    ) async throws {
        Thread.detachNewThread {
            _ = try? FileHandle.standardInput.readToEnd()
            exit(0)
        }
        let now: @Sendable () -> Timestamp = { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }
        let ca = try CertificateAuthority.make(commonName: name, now: now())
        let serving = try ca.issue(.server(commonName: "kube-apiserver", ipAddresses: ["127.0.0.1"]), now: now())
        let admin = try ca.issue(.client(commonName: "admin", organizations: ["system:masters"]), now: now())
        let logger = Logger(label: name) { _ in SwiftLogNoOpLogHandler() }
        let store = try await SQLiteStore.open(directory: directory + "/store")
        try await fill(store, objects)
        let plane = try ControlPlane(
            configuration: ControlPlaneConfiguration(
                addresses: [.init(host: "127.0.0.1", port: 0)], serving: serving, block: LoopbackBlock(198), clientCAPEM: ca.certificatePEM,
                requestHeader: RequestHeaderOptions(clientCAPEM: ca.certificatePEM, settings: .init(allowedNames: ["front-proxy-client"])),
                proxyClient: nil, kubeletClient: admin, kubeletCAPEM: ca.certificatePEM),
            store: store, now: now, logger: logger)
        let port = try await plane.start().first?.port ?? 0
        try await start(ca, now)
        let kubeconfig = Kubeconfig(
            cluster: .init(name: name, server: "https://127.0.0.1:\(port)", caPEM: ca.certificatePEM),
            user: .init(name: "admin", certificatePEM: admin.certificatePEM, keyPEM: admin.privateKeyPEM))
        try PKIFile.write(kubeconfig.yaml, to: directory + "/kubeconfig", mode: 0o600)
        try PKIFile.write("\(port)", to: directory + "/port", mode: 0o644)
        try PKIFile.write(ca.certificatePEM, to: directory + "/ca.crt", mode: 0o644)
        try PKIFile.write(admin.certificatePEM, to: directory + "/admin.crt", mode: 0o644)
        try PKIFile.write(admin.privateKeyPEM, to: directory + "/admin.key", mode: 0o600)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in plane.services { group.addTask { try await service.run() } }
            say("ready: KUBECONFIG=\(directory)/kubeconfig")
            try await group.waitForAll()
        }
    }

    private static func fill(_ store: SQLiteStore, _ objects: some Sequence<KubeObject>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (count, object) in objects.enumerated() {
                if count >= 512 { try await group.next() }
                let resource = GroupResource(group: "", resource: object.kind.lowercased() + "s")
                group.addTask { _ = try await store.create(object, at: ObjectKey(resource, namespace: object.namespace, name: object.name)) }
            }
            try await group.waitForAll()
        }
    }

    // MARK: From outside

    /// Starts `program` as that server, and waits until it is ready.
    package static func start(_ program: [String], directory: String, log: String) throws -> MeasuredServer {
        let process = try BenchProcess(program[0], Array(program.dropFirst()), log: log)
        try process.wait(for: "ready")
        let port = try String(contentsOfFile: directory + "/port", encoding: .utf8)
        return MeasuredServer(process: process, port: Int(port) ?? 0, tls: try administrator(directory))
    }

    /// As a user of `system:masters`; the server's certificate counts whatever it is.
    package static func administrator(_ directory: String) throws -> NIOSSLContext {
        var client = TLSConfiguration.makeClientConfiguration()
        client.certificateVerification = .none
        client.certificateChain = try NIOSSLCertificate.fromPEMFile(directory + "/admin.crt").map { .certificate($0) }
        client.privateKey = .privateKey(try NIOSSLPrivateKey(file: directory + "/admin.key", format: .pem))
        return try NIOSSLContext(configuration: client)
    }

    /// What has a metrics server serve this cluster on a port of loopback.
    package static func metricsServerArguments(_ directory: String, port: Int) -> [String] {
        ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map { "--\($0)=\(directory)/kubeconfig" }
            + ["--secure-port=\(port)", "--bind-address=127.0.0.1", "--cert-dir=\(directory)/certificates"]
    }
}

/// What the measurement's own executable is called by.
package enum OwnExecutable {
    package static var path: String { URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path }
    /// `updraft` beside it.
    package static var updraft: String { (path as NSString).deletingLastPathComponent + "/updraft" }
}

/// `--name value …`
package func namedArguments(_ arguments: some Sequence<String>) throws -> [String: String] {
    let arguments = Array(arguments)
    var options: [String: String] = [:]
    for index in stride(from: 0, to: arguments.count, by: 2) {
        guard arguments[index].hasPrefix("--"), index + 1 < arguments.count else { throw BenchFailure("\(arguments[index]) needs a value") }
        options[String(arguments[index].dropFirst(2))] = arguments[index + 1]
    }
    return options
}
