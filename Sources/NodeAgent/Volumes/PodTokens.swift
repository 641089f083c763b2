// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel

/// The tokens of one pod: asked for once, and again when most of their time is over.
///
/// - Source: kubernetes pkg/kubelet/token/token_manager.go
struct PodTokens: Sendable {
    private struct Entry: Sendable {
        var token: String
        var refreshAt: Timestamp
    }

    private var entries: [TokenProjection: Entry] = [:]

    /// Upstream's: after four fifths of its life, or a day.
    private static let longestUse = Duration.seconds(24 * 3600)

    /// When the first of them is to be replaced; nil where there is none.
    var refreshAt: Timestamp? { entries.values.map(\.refreshAt).min() }

    /// All that the pod asks for, valid for a while.
    /// - Throws: `APIError`, where the API server gives none.
    mutating func tokens(_ wanted: Set<TokenProjection>, for pod: KubeObject, _ client: KubeClient, now: Timestamp) async throws
        -> [TokenProjection: String]
    {
        var tokens: [TokenProjection: String] = [:]
        for projection in wanted {
            if let entry = entries[projection], now < entry.refreshAt {
                tokens[projection] = entry.token
            } else {
                let entry = try await Self.request(projection, for: pod, client, now: now)
                entries[projection] = entry
                tokens[projection] = entry.token
            }
        }
        return tokens
    }

    private static func request(_ projection: TokenProjection, for pod: KubeObject, _ client: KubeClient, now: Timestamp) async throws -> Entry {
        var request = KubeObject(
            GroupVersionKind(group: "authentication.k8s.io", version: "v1", kind: "TokenRequest"), namespace: pod.namespace, name: "")
        let audiences: [String] = projection.audience.isEmpty ? [] : [projection.audience]
        request["spec"] = [
            "audiences": JSONValue(audiences), "expirationSeconds": .integer(projection.seconds),
            "boundObjectRef": ["apiVersion": "v1", "kind": "Pod", "name": .string(pod.name), "uid": .string(pod.uid)],
        ]
        let account = pod.spec["serviceAccountName"]?.string ?? "default"
        let answer = try await client.create(.serviceAccounts, request, subresource: "token", name: account)
        let expiry = answer.status["expirationTimestamp"]?.timestamp ?? now + .seconds(projection.seconds)
        return Entry(token: answer.status["token"]?.string ?? "", refreshAt: now + min((expiry - now) * 4 / 5, longestUse))
    }
}
