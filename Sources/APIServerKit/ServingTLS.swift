// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI
import NIOCore
import NIOSSL
import Synchronization

/// The TLS context that the next connection gets; made anew when the certificate or the client authorities change.
final class ServingTLS: Sendable {
    private struct State {
        var credential: Credential
        var context: NIOSSLContext
        /// Of each client authority at the time the context was made: its names are part of the handshake.
        var trustVersions: [Int]
    }

    private let trust: [ClientTrust]
    private let options: APIServerConfiguration.TLSOptions
    private let state: Mutex<State>

    init(_ credential: Credential, trust: [ClientTrust], options: APIServerConfiguration.TLSOptions = .init()) throws {
        self.trust = trust
        self.options = options
        let versions = trust.map(\.current)
        state = Mutex(
            State(credential: credential, context: try Self.context(credential, versions, options), trustVersions: versions.map(\.number)))
    }

    func replace(_ credential: Credential) throws {
        let versions = trust.map(\.current)
        let context = try Self.context(credential, versions, options)
        state.withLock { $0 = State(credential: credential, context: context, trustVersions: versions.map(\.number)) }
    }

    var current: NIOSSLContext {
        let versions = trust.map(\.current)
        let numbers = versions.map(\.number)
        return state.withLock { state in
            if state.trustVersions != numbers, let renewed = try? Self.context(state.credential, versions, options) {
                (state.context, state.trustVersions) = (renewed, numbers)
            }
            return state.context
        }
    }

    /// A client is asked for a certificate but need not have one, and the handshake succeeds whatever it shows: whether that
    /// is good is for the authenticators to say, so that the client gets a 401 it can read.
    private static func context(
        _ credential: Credential, _ trust: [ClientTrust.Version], _ options: APIServerConfiguration.TLSOptions
    ) throws -> NIOSSLContext {
        let certificates: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(Array(credential.certificatePEM.utf8))
            key = try NIOSSLPrivateKey(bytes: Array(credential.privateKeyPEM.utf8), format: .pem)
        } catch {
            throw APIServerError(.invalidCertificate, "the serving certificate or its key cannot be read: \(error)", cause: error)
        }
        var tls = TLSConfiguration.makeServerConfiguration(certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        tls.minimumTLSVersion = options.requires13 ? .tlsv13 : .tlsv12
        tls.applicationProtocols = options.servesHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"]
        if !options.cipherSuites.isEmpty { tls.cipherSuiteValues = options.cipherSuites.compactMap { CipherSuites.byName[$0] } }
        tls.shutdownTimeout = .seconds(1)
        if !trust.isEmpty {
            tls.certificateVerification = .optionalVerification
            // Clients pick among their certificates by these names; they verify nothing here.
            tls.trustRoots = .certificates(try trust.flatMap(\.verifier.rootsDER).map { try NIOSSLCertificate(bytes: $0, format: .der) })
            tls.sendCANameList = true
        }
        do {
            return try NIOSSLContext(configuration: tls)
        } catch {
            throw APIServerError(.invalidCertificate, "the serving certificate cannot be used (does its key belong to it?): \(error)", cause: error)
        }
    }

    /// The handler for one connection; `peer` learns what the client presents and what each authority says to it.
    func handler(for peer: PeerConnection, now: @escaping @Sendable () -> Timestamp) -> NIOSSLServerHandler {
        guard !trust.isEmpty else { return NIOSSLServerHandler(context: current) }
        return NIOSSLServerHandler(
            context: current,
            customVerificationCallback: { [trust] presented, promise in
                peer.setPresentedChain(presented.compactMap { try? $0.toDERBytes() })
                promise.completeWithTask {
                    for authority in trust { await peer.verify(authority, now: now()) }
                    return .certificateVerified
                }
            })
    }

    /// A resumed session skips the verification of the handshake, though its client has the certificate of the first one. The
    /// library keeps the leaf alone, so a client that needs intermediates is refused until it makes a full handshake.
    func recoverIdentity(of peer: PeerConnection, on channel: any Channel, now: @escaping @Sendable () -> Timestamp) -> EventLoopFuture<Void> {
        guard !trust.isEmpty, !peer.hasPresentedChain,
            let leaf = try? channel.pipeline.syncOperations.nioSSL_peerCertificate()?.toDERBytes()
        else { return channel.eventLoop.makeSucceededVoidFuture() }
        peer.setPresentedChain([leaf])
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.completeWithTask { [trust] in for authority in trust { await peer.verify(authority, now: now()) } }
        return promise.futureResult
    }
}
