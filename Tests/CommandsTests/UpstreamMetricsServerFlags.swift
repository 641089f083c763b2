// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// metrics-server's flags: name, type as pflag names it, and default.
enum UpstreamMetricsServerFlags {
    /// - Source: metrics-server v0.9 docs/command-line-flags.txt
    static let text = """
        kubeconfig string
        metric-resolution duration 1m0s
        version bool false
        advertise-address ip
        cors-allowed-origins strings
        emulated-version strings
        emulation-forward-compatible bool false
        external-hostname string
        feature-gates colonSeparatedMultimapStringString
        goaway-chance float
        livez-grace-period duration
        max-mutating-requests-inflight int 200
        max-requests-inflight int 400
        min-compatibility-version strings
        min-request-timeout int 1800
        request-timeout duration 1m0s
        runtime-config-emulation-forward-compatible bool false
        shutdown-delay-duration duration
        shutdown-send-retry-after bool false
        shutdown-watch-termination-grace-period duration
        storage-initialization-timeout duration 1m0s
        strict-transport-security-directives strings
        deprecated-kubelet-completely-insecure bool false
        kubelet-certificate-authority string
        kubelet-client-certificate string
        kubelet-client-key string
        kubelet-insecure-tls bool false
        kubelet-port int 10250
        kubelet-preferred-address-types strings Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP
        kubelet-request-timeout duration 10s
        kubelet-use-node-status-port bool false
        node-selector string
        bind-address ip 0.0.0.0
        cert-dir string apiserver.local.config/certificates
        disable-http2-serving bool false
        http2-max-streams-per-connection int
        permit-address-sharing bool false
        permit-port-sharing bool false
        secure-port int 443
        tls-cert-file string
        tls-cipher-suites strings
        tls-curve-preferences int32Slice
        tls-min-version string
        tls-private-key-file string
        tls-sni-cert-key namedCertKey
        authentication-kubeconfig string
        authentication-skip-lookup bool false
        authentication-token-webhook-cache-ttl duration 10s
        authentication-tolerate-lookup-failure bool false
        client-ca-file string
        requestheader-allowed-names strings
        requestheader-client-ca-file string
        requestheader-extra-headers-prefix strings x-remote-extra-
        requestheader-group-headers strings x-remote-group
        requestheader-uid-headers strings
        requestheader-username-headers strings x-remote-user
        authorization-always-allow-paths strings /healthz,/readyz,/livez
        authorization-kubeconfig string
        authorization-webhook-cache-authorized-ttl duration 10s
        authorization-webhook-cache-unauthorized-ttl duration 10s
        audit-log-batch-buffer-size int 10000
        audit-log-batch-max-size int 1
        audit-log-batch-max-wait duration
        audit-log-batch-throttle-burst int
        audit-log-batch-throttle-enable bool false
        audit-log-batch-throttle-qps float32
        audit-log-compress bool false
        audit-log-format string json
        audit-log-maxage int 366
        audit-log-maxbackup int 100
        audit-log-maxsize int 100
        audit-log-mode string blocking
        audit-log-path string
        audit-log-truncate-enabled bool false
        audit-log-truncate-max-batch-size int 10485760
        audit-log-truncate-max-event-size int 102400
        audit-log-version string audit.k8s.io/v1
        audit-policy-file string
        audit-webhook-batch-buffer-size int 10000
        audit-webhook-batch-max-size int 400
        audit-webhook-batch-max-wait duration 30s
        audit-webhook-batch-throttle-burst int 15
        audit-webhook-batch-throttle-enable bool true
        audit-webhook-batch-throttle-qps float32 10
        audit-webhook-config-file string
        audit-webhook-initial-backoff duration 10s
        audit-webhook-mode string batch
        audit-webhook-truncate-enabled bool false
        audit-webhook-truncate-max-batch-size int 10485760
        audit-webhook-truncate-max-event-size int 102400
        audit-webhook-version string audit.k8s.io/v1
        contention-profiling bool false
        debug-socket-path string
        enable-priority-and-fairness bool true
        profiling bool true
        log-flush-frequency duration 5s
        log-json-info-buffer-size quantity
        log-json-split-stream bool false
        log-text-info-buffer-size quantity
        log-text-split-stream bool false
        logging-format string text
        v Level
        vmodule pattern=N,...
        """

    static let all = text.split(separator: "\n").map { line in
        let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
        return (name: parts[0], type: parts[1], standard: parts.count > 2 ? parts[2] : "")
    }
}
