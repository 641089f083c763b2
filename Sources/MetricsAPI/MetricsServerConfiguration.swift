// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import DelegatedAccess
import KubeModel
import KubePKI

/// How the metrics server runs; the flags of upstream's `metrics-server` where one exists.
package struct MetricsServerConfiguration: Sendable {
    package var addresses: [APIServerConfiguration.ListenAddress]
    package var servingCredential: Credential
    /// Whether usage comes from kubelets; otherwise from Prometheus, by `rules`, or `metrics.k8s.io` is not served.
    package var scrapesKubelets = true
    /// `--metric-resolution`: how often each node is scraped.
    package var metricResolution = Duration.seconds(60)
    /// `--node-selector`: restricts the nodes served and scraped; empty takes all.
    package var nodeSelector = ""
    package var kubelet: KubeletOptions
    /// `--client-ca-file`, `--requestheader-*`
    package var authentication = DelegatedAuthenticationOptions()
    /// `--authentication-token-webhook-cache-ttl`
    package var tokenCacheTime = Duration.seconds(10)
    /// `--authorization-always-allow-paths`
    package var openPaths = ["/healthz", "/livez", "/readyz"]
    /// `--tls-min-version`, `--tls-cipher-suites`, `--disable-http2-serving`
    package var tls = APIServerConfiguration.TLSOptions()
    /// `--http2-max-streams-per-connection`
    package var concurrentStreams: Int?
    /// `--max-requests-inflight`; nil is no limit.
    package var requestsUnderWay: Int?
    /// `--request-timeout`
    package var answerTime = Duration.seconds(60)
    /// nil keeps no audit log.
    package var audit: AuditSettings?
    /// `--shutdown-delay-duration`
    package var shutdownDelay = Duration.zero
    /// `--authorization-webhook-cache-authorized-ttl`, `--authorization-webhook-cache-unauthorized-ttl`.
    package var allowedCacheTime = Duration.seconds(10)
    package var refusedCacheTime = Duration.seconds(10)
    /// `--rules`: custom and external metrics, and what is used where they tell it; nil serves none.
    package var rules: RuledMetricsConfiguration?
    /// What `/version` tells.
    package var version = "v0.0.0"

    /// Whether `metrics.k8s.io` is served.
    var servesUsage: Bool { scrapesKubelets || rules?.tellsUsage == true }

    package init(addresses: [APIServerConfiguration.ListenAddress], servingCredential: Credential, kubelet: KubeletOptions = KubeletOptions()) {
        self.addresses = addresses
        self.servingCredential = servingCredential
        self.kubelet = kubelet
    }
}

/// How kubelets are reached and verified.
package struct KubeletOptions: Sendable {
    /// `--kubelet-certificate-authority`; nil takes the system's authorities.
    package var caPEM: String?
    /// `--kubelet-client-certificate`, `--kubelet-client-key`
    package var clientCredential: Credential?
    /// What is sent to kubelets besides, or in the place of, a certificate; nil sends none.
    package var bearerToken: (@Sendable () throws -> String?)?
    /// `--deprecated-kubelet-completely-insecure`: no TLS, and no credentials.
    package var isPlain = false
    /// `--kubelet-insecure-tls`: whoever answers is believed.
    package var isInsecure = false
    /// `--kubelet-port`
    package var port = 10250
    /// `--kubelet-use-node-status-port`
    package var usesNodeStatusPort = false
    /// `--kubelet-preferred-address-types`: the first of these that a node has.
    package var preferredAddressTypes = ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"]
    /// `--kubelet-request-timeout`; never more than nine tenths of the resolution.
    package var requestTimeout = Duration.seconds(10)

    package init(caPEM: String? = nil, clientCredential: Credential? = nil) {
        self.caPEM = caPEM
        self.clientCredential = clientCredential
    }
}
