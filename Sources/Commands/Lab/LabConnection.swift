// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubePKI

/// A client of a lab's API server that has to be closed.
struct LabConnection: Sendable {
    let client: KubeClient
    private let transport: HTTPTransport

    init(server: String, caPEM: String, _ credential: Credential, as name: String) throws {
        transport = try HTTPTransport(
            ClientConfiguration(server: server, caPEM: caPEM, certificatePEM: credential.certificatePEM, keyPEM: credential.privateKeyPEM))
        client = KubeClient(transport: transport, userAgent: "updraft/\(Version.text) \(name)")
    }

    /// By the kubeconfig in a lab's directory.
    static func open(_ directory: LabDirectory) throws -> LabConnection {
        guard FileManager.default.fileExists(atPath: directory.kubeconfig) else {
            throw CommandFailure(
                .unreachable, "there is no kubeconfig at \(directory.kubeconfig)", fix: "start the lab: updraft up --data-dir \(directory.path)")
        }
        return try LabConnection(configuration: try Kubeconfig(contentsOf: directory.kubeconfig).configuration())
    }

    private init(configuration: ClientConfiguration) throws {
        transport = try HTTPTransport(configuration)
        client = KubeClient(transport: transport, userAgent: "updraft/\(Version.text) status")
    }

    func close() async { try? await transport.shutdown() }

    func closing<Result: Sendable>(_ body: (KubeClient) async -> Result) async -> Result {
        let result = await body(client)
        await close()
        return result
    }
}
