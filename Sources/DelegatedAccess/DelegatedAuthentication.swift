// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ControllerKit
import KubeClient
import KubeModel
import KubePKI
import Logging

/// The authorities that flags give; what is nil is taken from the API server's ConfigMap.
package struct DelegatedAuthenticationOptions: Sendable {
    /// `--client-ca-file`
    package var clientCAPEM: String?
    /// `--requestheader-*`
    package var requestHeader: RequestHeaderOptions?

    /// Whether the ConfigMap is read; `--authentication-skip-lookup` is the contrary.
    package var looksUp = true

    package init(clientCAPEM: String? = nil, requestHeader: RequestHeaderOptions? = nil) {
        self.clientCAPEM = clientCAPEM
        self.requestHeader = requestHeader
    }
}

/// Whom a server beside the API server believes: the front proxy's word on users, client certificates, then tokens, by the authorities that the
/// API server publishes in the ConfigMap `kube-system/extension-apiserver-authentication`, as it is at the moment, or that flags give.
///
/// Until the ConfigMap has been read, who presents a certificate waits.
package final class DelegatedAuthentication: Authenticator {
    static let configMap = NamespacedName(namespace: "kube-system", name: "extension-apiserver-authentication")

    private let requestHeader: RequestHeaderAuthenticator
    private let requestHeaderTrust: ClientTrust
    private let clientCertificateTrust: ClientTrust
    private let union: UnionAuthenticator
    private let informer: Informer
    private let needsConfigMap: Bool
    private let options: DelegatedAuthenticationOptions
    private let logger: Logger

    /// - Parameter tokens: Who knows bearer tokens; nil knows none.
    /// - Throws: where the authorities that flags give cannot be read.
    package init(
        _ options: DelegatedAuthenticationOptions, client: KubeClient, tokens: TokenReviewAuthenticator? = nil, now: Timestamp, logger: Logger
    ) throws {
        self.options = options
        self.logger = logger
        // An authority whose key is thrown away: until another takes its place, nobody is trusted.
        let nobody = try ClientChainVerifier(rootsPEM: CertificateAuthority.make(commonName: "nobody", now: now).certificatePEM)
        requestHeaderTrust = ClientTrust(
            try options.requestHeader.map { try ClientChainVerifier(rootsPEM: $0.clientCAPEM, from: "--requestheader-client-ca-file") } ?? nobody)
        clientCertificateTrust = ClientTrust(
            try options.clientCAPEM.map { try ClientChainVerifier(rootsPEM: $0, from: "--client-ca-file") } ?? nobody)
        requestHeader = RequestHeaderAuthenticator(
            settings: options.requestHeader?.settings ?? RequestHeaderSettings(), trust: requestHeaderTrust, logger: logger)
        let certificates: [any Authenticator] = [requestHeader, ClientCertificateAuthenticator(trust: clientCertificateTrust)]
        union = UnionAuthenticator(certificates + (tokens.map { [$0] } ?? []))
        needsConfigMap = options.looksUp && (options.requestHeader == nil || options.clientCAPEM == nil)
        informer = Informer(
            client: client, resource: .configMaps, namespace: Self.configMap.namespace, fieldSelector: "metadata.name=\(Self.configMap.name)",
            logger: logger)
        informer.onChange { [weak self] _, new in if let new { self?.take(new) } }
    }

    package var clientTrust: [ClientTrust] { union.clientTrust }

    package func authenticate(_ request: AuthenticationRequest) -> AuthenticationAnswer {
        if !needsConfigMap || informer.hasSynced { return union.authenticate(request) }
        if case .noCertificate = request.connection.identity(requestHeaderTrust, now: request.now) { return union.authenticate(request) }
        return .deferred {
            do { try await self.informer.waitUntilSynced() } catch { return .failure("the authorities to verify clients by are not known yet") }
            switch self.union.authenticate(request) {
            case .ready(let outcome): return outcome
            case .deferred(let wait): return await wait()
            }
        }
    }

    /// Reads the ConfigMap once, where flags do not give all.
    /// - Throws: `APIError` or `ClientError`
    package static func checkLookup(_ options: DelegatedAuthenticationOptions, client: KubeClient) async throws {
        guard options.looksUp, options.requestHeader == nil || options.clientCAPEM == nil else { return }
        _ = try await client.get(.configMaps, namespace: configMap.namespace, name: configMap.name)
    }

    /// Other authorities than those that the flags named before.
    /// - Throws: where they cannot be read; the old ones then count on.
    package func replace(clientCAPEM: String) throws {
        clientCertificateTrust.replace(try ClientChainVerifier(rootsPEM: clientCAPEM, from: "--client-ca-file"))
    }

    package func replace(requestHeaderCAPEM: String) throws {
        requestHeaderTrust.replace(try ClientChainVerifier(rootsPEM: requestHeaderCAPEM, from: "--requestheader-client-ca-file"))
    }

    /// Follows the ConfigMap until cancelled; returns at once where flags give all.
    package func run() async throws {
        if needsConfigMap { try await informer.run() }
    }

    private func take(_ configMap: KubeObject) {
        let data = configMap.json["data"]?.stringMap ?? [:]
        if options.clientCAPEM == nil, let pem = data["client-ca-file"] { replace(clientCertificateTrust, pem, "client-ca-file") }
        guard options.requestHeader == nil, let pem = data["requestheader-client-ca-file"] else { return }
        requestHeader.replace(RequestHeaderSettings(configMap: data))
        replace(requestHeaderTrust, pem, "requestheader-client-ca-file")
    }

    private func replace(_ trust: ClientTrust, _ pem: String, _ key: String) {
        do {
            trust.replace(try ClientChainVerifier(rootsPEM: pem, from: "\(key) of the ConfigMap \(Self.configMap)"))
            logger.info("took over client authorities", metadata: ["configMap": "\(Self.configMap)", "key": "\(key)"])
        } catch {
            logger.error(
                "cannot read the authorities to verify clients by",
                metadata: ["configMap": "\(Self.configMap)", "key": "\(key)", "error": "\(error)"])
        }
    }
}

extension RequestHeaderSettings {
    /// From the ConfigMap's data, where each list is JSON.
    /// - Source: k8s.io/apiserver pkg/server/options/authentication_dynamic_request_header.go
    init(configMap data: [String: String]) {
        func list(_ key: String) -> [String]? {
            data["requestheader-" + key].flatMap { try? JSONValue.parse($0) }?.array?.compactMap(\.string)
        }
        self.init(
            allowedNames: list("allowed-names") ?? [], usernameHeaders: list("username-headers") ?? [], uidHeaders: list("uid-headers") ?? [],
            groupHeaders: list("group-headers") ?? [], extraHeaderPrefixes: list("extra-headers-prefix") ?? [])
    }
}
