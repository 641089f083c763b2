// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1

/// Chooses by `Accept` and `Content-Type`, and refuses in upstream's words what we do not speak.
/// - Source: k8s.io/apiserver pkg/endpoints/handlers/negotiation
package enum ContentNegotiation {
    /// What a resource can be shown as.
    package struct Offer: Sendable, Hashable {
        /// Those that the server speaks; the first that a wildcard matches is taken.
        package var encodings: [Representation.Encoding]
        /// False for kinds that have no protobuf; their metadata has.
        package var hasProtobuf: Bool
        package var table: Bool
        package var partialMetadata: Bool
        /// Whether the answer is a list, or the path's could be: upstream names the forms of watches too when it refuses one.
        package var isCollection = false
        /// Whether the answer is a watch.
        package var isStream = false

        package init(
            encodings: [Representation.Encoding] = [.json], hasProtobuf: Bool = true, table: Bool = true, partialMetadata: Bool = true
        ) {
            self.encodings = encodings
            self.hasProtobuf = hasProtobuf
            self.table = table
            self.partialMetadata = partialMetadata
        }

        /// Health and the like.
        package static let jsonOnly = Offer(table: false, partialMetadata: false)
        /// What every server has to say in whatever is asked: failures.
        package static let status = Offer(encodings: Representation.Encoding.allCases, table: false, partialMetadata: false)
    }

    /// The best that `Accept` asks for and we have; no header takes JSON. Throws 406.
    ///
    /// The highest `q` wins, of equal ones the one without wildcards, of those the first. Linear in the header's length.
    package static func representation(_ headers: HTTPHeaders, offering offer: Offer = Offer()) throws(APIError) -> Representation {
        var isEmpty = true
        var isKnown = false
        var best: (rank: (Double, Int), representation: Representation)?
        for clause in headers[canonicalForm: "accept"] where !clause.isEmpty {
            isEmpty = false
            guard let wish = MediaType(clause), wish.quality > 0 else { continue }
            let rank = (wish.quality, wish.specificity)
            guard best.map({ rank > $0.rank }) ?? true else { continue }
            for encoding in offer.encodings where wish.matches(encoding) {
                isKnown = true
                guard let form = offer.form(wish.parameters, encoding) else { continue }
                best = (rank, Representation(form, encoding))
                break
            }
        }
        if let best { return best.representation }
        if isEmpty { return .json }
        throw isKnown ? .onlyAcceptable(offer.mediaTypes) : .notAcceptable(available: offer.mediaTypes)
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
    /// nil where what is asked for is not offered in `encoding`: aggregated discovery, say, whose clients name plain JSON next.
    fileprivate func form(_ parameters: [String: String], _ encoding: Representation.Encoding) -> Representation.Form? {
        if isStream, !encoding.isStreamed { return nil }
        if let stream = parameters["stream"], !stream.isEmpty, stream != "watch" || !encoding.isStreamed { return nil }
        guard let name = parameters["as"], !name.isEmpty else { return encoding == .protobuf && !hasProtobuf ? nil : .object }
        let version = parameters["v"] ?? ""
        guard parameters["g"] == "meta.k8s.io", version == "v1" || version == "v1beta1" else { return nil }
        switch name {
        // A cell may hold anything, which protobuf has no word for.
        case "Table" where table && encoding != .protobuf: return .table(version: version)
        case "PartialObjectMetadata" where partialMetadata, "PartialObjectMetadataList" where partialMetadata:
            return .partialMetadata(version: version)
        default: return nil
        }
    }

    fileprivate var mediaTypes: [String] {
        let streams = encodings.filter(\.isStreamed).map { $0.rawValue + ";stream=watch" }
        return isStream ? streams : encodings.map(\.rawValue) + (isCollection ? streams : [])
    }
}

extension APIError {
    /// For a media type that we do speak, but not of this in the form asked for.
    fileprivate static func onlyAcceptable(_ mediaTypes: [String]) -> APIError {
        APIError(
            code: 406, reason: .notAcceptable, message: "only the following media types are accepted: \(mediaTypes.joined(separator: ", "))")
    }

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
