// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI
import Monitoring

/// Every certificate of a lab: made at its first start, read from `pki/` afterwards.
struct LabCredentials: Sendable {
    var ca: CertificateAuthority
    var frontProxyCAPEM: String
    var frontProxyClient: Credential
    /// Signs the tokens of service accounts.
    var serviceAccountKeys: ServiceAccountKeyPair
    var apiServer: Credential
    var metricsServer: Credential
    var metricsServerServing: Credential
    var kubeletClient: Credential
    var administrator: Credential
    var controllerManager: Credential
    var controllerManagerServing: Credential
    var scheduler: Credential
    var serviceProxy: Credential
    var monitoring: Credential
    /// By node: as client, and as server of the kubelet's endpoints.
    var nodes: [(client: Credential, serving: Credential)]

    static let metricsServerUser = "system:serviceaccount:kube-system:metrics-server"
    static let kubeletClientUser = "kube-apiserver-kubelet-client"
    static let frontProxyUser = "front-proxy-client"

    /// - Throws: `PKIError` naming the file and the fix.
    init(_ configuration: LabConfiguration, block: LoopbackBlock, now: Timestamp) throws {
        let directory = PKIDirectory(path: configuration.directory.pki)
        let ca = try directory.authority(.ca, commonName: "kubernetes", now: now)
        self.ca = ca
        func client(_ name: PKIDirectory.Name, _ user: String, _ groups: [String] = []) throws -> Credential {
            try directory.credential(name, .client(commonName: user, organizations: groups), by: ca, now: now)
        }
        if let given = configuration.frontProxy.client {
            frontProxyClient = given
            frontProxyCAPEM =
                try configuration.frontProxy.clientCAPEM ?? directory.authority(.frontProxyCA, commonName: "front-proxy-ca", now: now).certificatePEM
        } else {
            let authority = try directory.authority(.frontProxyCA, commonName: "front-proxy-ca", now: now)
            frontProxyClient = try directory.credential(.frontProxyClient, .client(commonName: Self.frontProxyUser), by: authority, now: now)
            frontProxyCAPEM = configuration.frontProxy.clientCAPEM ?? authority.certificatePEM
        }
        serviceAccountKeys = try directory.serviceAccountKeys()
        let loopback = ["127.0.0.1", block.server]
        apiServer = try directory.credential(
            .apiServer,
            .server(
                commonName: "kube-apiserver",
                dnsNames: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"],
                ipAddresses: loopback + [block.address(200, 1)]), by: ca, now: now)
        metricsServerServing = try directory.credential(
            "metrics-server-serving",
            .server(commonName: "metrics-server", dnsNames: ["localhost", MetricsServerRegistration.dnsName], ipAddresses: loopback), by: ca, now: now
        )
        let accounts = ["system:serviceaccounts", "system:serviceaccounts:kube-system"]
        metricsServer = try client("metrics-server", Self.metricsServerUser, accounts)
        kubeletClient = try client(.apiServerKubeletClient, Self.kubeletClientUser)
        administrator = try client("admin", "kubernetes-admin", ["system:masters"])
        controllerManager = try client("controller-manager", "system:kube-controller-manager")
        controllerManagerServing = try directory.credential(
            "controller-manager-serving",
            .server(commonName: "kube-controller-manager", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"]), by: ca, now: now)
        scheduler = try client("scheduler", "system:kube-scheduler")
        serviceProxy = try client("kube-proxy", "system:kube-proxy")
        monitoring = try client("monitoring", MonitoringConfiguration.user, accounts)
        nodes = try (0..<configuration.nodes).map { index in
            let name = Self.nodeName(index)
            return (
                try client(PKIDirectory.Name(rawValue: name), "system:node:\(name)", ["system:nodes"]),
                try directory.credential(
                    PKIDirectory.Name(rawValue: "\(name)-serving"),
                    .server(commonName: "system:node:\(name)", dnsNames: [name], ipAddresses: [block.node(index)]), by: ca, now: now)
            )
        }
    }

    static func nodeName(_ index: Int) -> String { "node-\(index)" }
}
