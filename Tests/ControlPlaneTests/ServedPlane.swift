// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import Foundation
import KubeModel
import KubePKI
import KubeStore
import Logging
import ServiceLifecycle

@testable import ControlPlane

/// A control plane behind TLS on a free port, with its authorities, and certificates for whoever wants to come.
struct ServedPlane {
    let plane: ControlPlane
    let authority: CertificateAuthority
    let frontProxyAuthority: CertificateAuthority
    let port: Int
    private static let now: @Sendable () -> Timestamp = { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }

    static func run<Result>(_ body: (ServedPlane) async throws -> Result) async throws -> Result {
        let authority = try CertificateAuthority.make(commonName: "kubernetes", now: now())
        let frontProxy = try CertificateAuthority.make(commonName: "front-proxy-ca", now: now())
        let serving = try authority.issue(
            .server(commonName: "kube-apiserver", dnsNames: ["localhost", "kubernetes.default.svc"], ipAddresses: ["127.0.0.1", "127.7.0.1"]),
            now: now())
        let kubelet = try authority.issue(.client(commonName: "kube-apiserver-kubelet-client"), now: now())
        let configuration = ControlPlaneConfiguration(
            addresses: [.init(host: "127.0.0.1", port: 0), .init(host: "127.7.0.1", port: 0)], serving: serving, block: LoopbackBlock(7),
            clientCAPEM: authority.certificatePEM,
            requestHeader: .init(clientCAPEM: frontProxy.certificatePEM, settings: .init(allowedNames: ["front-proxy-client"])),
            proxyClient: try frontProxy.issue(.client(commonName: "front-proxy-client"), now: now()), kubeletClient: kubelet,
            kubeletCAPEM: authority.certificatePEM)
        let plane = try ControlPlane(configuration: configuration, store: MemoryStore(), now: now, logger: Logger(label: "test"))
        let addresses = try await plane.start()
        let served = ServedPlane(plane: plane, authority: authority, frontProxyAuthority: frontProxy, port: addresses[0].port)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for service in plane.services { group.addTask { try await service.run() } }
            let result = try await body(served)
            group.cancelAll()
            return result
        }
    }

    func client(_ name: String, _ organizations: [String] = []) throws -> Credential {
        try authority.issue(.client(commonName: name, organizations: organizations), now: Self.now())
    }

    /// The path of a kubeconfig for a user.
    func kubeconfig(in directory: String, _ name: String, _ organizations: [String] = []) throws -> String {
        let credential = try client(name, organizations)
        func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        let text = """
            apiVersion: v1
            kind: Config
            clusters: [{name: lab, cluster: {server: "https://127.0.0.1:\(port)", certificate-authority-data: \(base64(authority.certificatePEM))}}]
            users: [{name: user, user: {client-certificate-data: \(base64(credential.certificatePEM)), client-key-data: \(base64(credential.privateKeyPEM))}}]
            contexts: [{name: lab, context: {cluster: lab, user: user}}]
            current-context: lab
            """
        let path = "\(directory)/\(name.replacingOccurrences(of: ":", with: "-")).kubeconfig"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}
