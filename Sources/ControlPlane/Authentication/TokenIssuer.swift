// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubePKI
import NIOHTTP1

/// Tells others how to verify service accounts' tokens: `/.well-known/openid-configuration` and the keys that it names.
///
/// - Source: kubernetes pkg/serviceaccount/openidmetadata.go
struct TokenIssuer: Sendable {
    let tokens: ServiceAccountTokens
    let settings: TokenSettings
    let serverAddress: @Sendable () -> String

    private static let configurationPath = "/.well-known/openid-configuration"
    private static let keysPath = "/openid/v1/jwks"

    static let paths = [configurationPath, keysPath]

    /// nil where the path is neither's.
    func handle(_ request: APIRequest) throws -> APIAnswer? {
        guard request.path == Self.configurationPath || request.path == Self.keysPath else { return nil }
        guard request.method == .GET || request.method == .HEAD else { throw APIError.methodNotAllowedOnPath }
        let isKeys = request.path == Self.keysPath
        let body = isKeys ? try tokens.keySet() : configuration
        return .ready(
            APIResponse(
                headers: ["Content-Type": isKeys ? "application/jwk-set+json" : "application/json", "Cache-Control": "public, max-age=3600"],
                body: body.encoded))
    }

    private var configuration: JSONValue {
        [
            "issuer": .string(settings.issuer), "jwks_uri": .string("https://\(serverAddress())\(Self.keysPath)"),
            "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [.string(tokens.algorithm)],
        ]
    }
}
