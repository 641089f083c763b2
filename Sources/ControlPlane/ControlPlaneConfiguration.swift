// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubePKI

/// What an API server is told at its start; the names of kube-apiserver's flags stand beside what they set.
package struct ControlPlaneConfiguration: Sendable {
    /// Where to listen; port 0 takes a free one.
    package var addresses: [APIServerConfiguration.ListenAddress]
    /// `--tls-cert-file`, `--tls-private-key-file`.
    package var serving: Credential
    /// The lab's own part of 127/8.
    package var block: LoopbackBlock
    /// `--client-ca-file`, as PEM: who signs clients' certificates.
    package var clientCAPEM: String
    package var requestHeader: RequestHeaderOptions?
    /// `--proxy-client-cert-file`, `--proxy-client-key-file`: shown to extension servers; nil shows none.
    package var proxyClient: Credential?
    /// `--kubelet-client-certificate`, `--kubelet-client-key`: shown to node agents.
    package var kubeletClient: Credential
    /// `--kubelet-certificate-authority`, as PEM.
    package var kubeletCAPEM: String
    /// `--service-account-signing-key-file`: nil has no tokens.
    package var serviceAccountKeys: ServiceAccountKeyPair?
    /// Roles and bindings beyond those that every cluster has, in the form of `PolicyRows`.
    package var policyRows: [String] = []
    /// `--audit-policy-file`, `--audit-log-path` and its like; nil keeps no audit log.
    package var audit: AuditSettings?
    /// How often an extension server that fails, or one that answers, is asked again.
    package var availabilityRetry = Duration.seconds(1)
    package var availabilityPeriod = Duration.seconds(30)
    /// `--event-ttl`.
    package var eventLifetime = Duration.seconds(3600)

    package init(
        addresses: [APIServerConfiguration.ListenAddress], serving: Credential, block: LoopbackBlock, clientCAPEM: String,
        requestHeader: RequestHeaderOptions?,
        proxyClient: Credential?, kubeletClient: Credential, kubeletCAPEM: String
    ) {
        self.addresses = addresses
        self.serving = serving
        self.block = block
        self.clientCAPEM = clientCAPEM
        self.requestHeader = requestHeader
        self.proxyClient = proxyClient
        self.kubeletClient = kubeletClient
        self.kubeletCAPEM = kubeletCAPEM
    }
}
