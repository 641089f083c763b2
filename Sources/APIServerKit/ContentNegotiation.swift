// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1

/// The form in which a client wants objects.
package enum Representation: Sendable, Hashable {
    case json
    /// `meta.k8s.io/v1` (or `v1beta1`, for clients of old), from `as=Table`.
    case table(version: String)
    /// Metadata alone, of one object or of each of a list.
    case partialMetadata(version: String)

    /// The `Content-Type` it is answered with.
    package var contentType: String { "application/json" }
}

/// Chooses by `Accept` and `Content-Type`, and refuses in upstream's words what we do not speak.
/// - Source: k8s.io/apiserver pkg/endpoints/handlers/negotiation
package enum ContentNegotiation {
    /// What a resource can be shown as.
    package struct Offer: Sendable, Hashable {
        package var table: Bool
        package var partialMetadata: Bool

        package init(table: Bool = true, partialMetadata: Bool = true) {
            self.table = table
            self.partialMetadata = partialMetadata
        }

        /// Discovery, health and the like.
        package static let jsonOnly = Offer(table: false, partialMetadata: false)
    }

    private static let json = MediaType("application/json")

    /// The best that `Accept` asks for and we have; no header takes JSON. Throws 406.
    package static func representation(_ headers: HTTPHeaders, offering offer: Offer = Offer()) throws(APIError) -> Representation {
        let accept = headers[canonicalForm: "accept"]
        guard accept.contains(where: { !$0.isEmpty }), let json else { return .json }
        let wishes = accept.compactMap { MediaType($0) }.enumerated().sorted { left, right in
            left.element.quality == right.element.quality ? left.offset < right.offset : left.element.quality > right.element.quality
        }
        for wish in wishes.map(\.element) where wish.matches(json) && wish.quality > 0 {
            if let representation = offer.representation(wish.parameters) { return representation }
        }
        throw .notAcceptable(available: ["application/json", "application/json;stream=watch"])
    }

    package enum BodyType: Sendable, Hashable {
        case json
        case mergePatch
        case strategicMergePatch
        /// Server-side apply: YAML text.
        case applyPatch
        case jsonPatch
    }

    /// The body of a create, update or delete: JSON, which no header means too. Throws 415.
    package static func requireJSONBody(_ headers: HTTPHeaders) throws(APIError) {
        guard let text = headers.first(name: "content-type"), !text.isEmpty else { return }
        guard let type = MediaType(text), type.essence == "application/json" || type.essence == "*/*" else {
            throw .unsupportedMediaType(accepted: ["application/json"])
        }
    }

    /// The kind of a patch, one of `supported`. Throws 415.
    package static func patchType(
        _ headers: HTTPHeaders, supported: [BodyType] = [.jsonPatch, .mergePatch, .strategicMergePatch, .applyPatch]
    ) throws(APIError) -> BodyType {
        let essence = headers.first(name: "content-type").flatMap { MediaType($0) }?.essence
        let type: BodyType? =
            switch essence {
            case "application/merge-patch+json": .mergePatch
            case "application/strategic-merge-patch+json": .strategicMergePatch
            case "application/apply-patch+yaml": .applyPatch
            case "application/json-patch+json": .jsonPatch
            default: nil
            }
        guard let type else {
            throw APIError(code: 415, reason: .unsupportedMediaType, message: "415: Unsupported Media Type", details: .init())
        }
        guard supported.contains(type) else { throw .unsupportedMediaType(accepted: supported.map(\.essence)) }
        return type
    }
}

extension ContentNegotiation.BodyType {
    var essence: String {
        switch self {
        case .json: "application/json"
        case .mergePatch: "application/merge-patch+json"
        case .strategicMergePatch: "application/strategic-merge-patch+json"
        case .applyPatch: "application/apply-patch+yaml"
        case .jsonPatch: "application/json-patch+json"
        }
    }
}

extension ContentNegotiation.Offer {
    /// nil where `as` asks for what is not offered: aggregated discovery, say, whose clients name plain JSON next.
    fileprivate func representation(_ parameters: [String: String]) -> Representation? {
        guard let form = parameters["as"], !form.isEmpty else { return .json }
        let version = parameters["v"] ?? ""
        guard parameters["g"] == "meta.k8s.io", version == "v1" || version == "v1beta1" else { return nil }
        switch form {
        case "Table" where table: return .table(version: version)
        case "PartialObjectMetadata" where partialMetadata, "PartialObjectMetadataList" where partialMetadata:
            return .partialMetadata(version: version)
        default: return nil
        }
    }
}

extension APIError {
    package static func notAcceptable(available: [String]) -> APIError {
        APIError(
            code: 406, reason: .notAcceptable, message: "406: Not Acceptable\n\nAvailable representations: \(available.joined(separator: ", "))",
            details: Details())
    }

    package static func unsupportedMediaType(accepted: [String]) -> APIError {
        APIError(
            code: 415, reason: .unsupportedMediaType,
            message: "the body of the request was in an unknown format - accepted media types include: \(accepted.joined(separator: ", "))")
    }

    /// A verb that a path does not have at all.
    package static let methodNotAllowedOnPath = APIError(
        code: 405, reason: .methodNotAllowed, message: "the server does not allow this method on the requested resource", details: Details())

    package static func requestEntityTooLarge(limit: Int) -> APIError {
        APIError(code: 413, reason: .requestEntityTooLarge, message: "Request entity too large: limit is \(limit)")
    }
}
