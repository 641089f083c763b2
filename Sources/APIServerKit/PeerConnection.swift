// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI
import Synchronization

/// A bundle of client authorities that can be swapped while the server runs.
package final class ClientTrust: Sendable {
    /// One state of the bundle; verification results are kept under its number.
    struct Version: Sendable {
        let number: Int
        let verifier: ClientChainVerifier
    }

    private static let lastNumber = Atomic<Int>(0)
    private let state: Mutex<Version>

    package init(_ verifier: ClientChainVerifier) {
        state = Mutex(Version(number: Self.nextNumber(), verifier: verifier))
    }

    /// From now on only certificates of `verifier`'s roots count, on open connections too.
    package func replace(_ verifier: ClientChainVerifier) {
        let version = Version(number: Self.nextNumber(), verifier: verifier)
        state.withLock { $0 = version }
    }

    var current: Version { state.withLock { $0 } }

    private static func nextNumber() -> Int { lastNumber.add(1, ordering: .relaxed).newValue }
}

/// What a connection's TLS handshake told of the client, shared by all its requests.
package final class PeerConnection: Sendable {
    /// The client's IP address.
    package let remoteAddress: String
    private let state: Mutex<State>

    private struct State {
        /// DER, leaf first; empty where no certificate was presented.
        var chain: [[UInt8]] = []
        /// Few: one for each authority, and as many again after a reload.
        var results: [(version: Int, result: Result<PeerIdentity, ChainRejection>)] = []
    }

    /// - Parameter presentedChain: DER, leaf first.
    package init(remoteAddress: String, presentedChain: [[UInt8]] = []) {
        self.remoteAddress = remoteAddress
        state = Mutex(State(chain: presentedChain))
    }

    package enum Identity: Sendable {
        case noCertificate
        case verified(PeerIdentity)
        case rejected(ChainRejection)
        /// The authorities changed since the handshake; `verify` finds out.
        case unknown
    }

    /// What is known of the client under `trust`; a certificate that expired since the handshake is rejected.
    package func identity(_ trust: ClientTrust, now: Timestamp) -> Identity {
        let number = trust.current.number
        let (isPresent, result) = state.withLock { state in
            (!state.chain.isEmpty, state.results.first { $0.version == number }?.result)
        }
        guard isPresent else { return .noCertificate }
        switch result {
        case nil: return .unknown
        case .failure(let rejection): return .rejected(rejection)
        case .success(let identity) where identity.validUntil < now:
            return .rejected(ChainRejection(presentedCommonName: identity.commonName, reason: "certificate expired at \(identity.validUntil)"))
        case .success(let identity): return .verified(identity)
        }
    }

    /// Verifies the presented chain under `trust` and remembers the result.
    package func verify(_ trust: ClientTrust, now: Timestamp) async {
        let version = trust.current
        let chain = state.withLock { $0.chain }
        guard !chain.isEmpty else { return }
        let result = await version.verifier.verify(chain, at: now)
        state.withLock { state in
            state.results.removeAll { $0.version == version.number }
            if state.results.count >= 8 { state.results.removeFirst() }
            state.results.append((version.number, result))
        }
    }

    var hasPresentedChain: Bool { state.withLock { !$0.chain.isEmpty } }
    func setPresentedChain(_ chain: [[UInt8]]) { state.withLock { $0.chain = chain } }
}
