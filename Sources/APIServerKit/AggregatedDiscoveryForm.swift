// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// What a client asks for that wants all groups with their resources in one document, rather than the plain ones.
package struct AggregatedDiscoveryForm: Sendable, Hashable {
    /// `v2` or `v2beta1`.
    package var version: String
    package var isProtobuf: Bool

    private static let protobuf = "application/vnd.kubernetes.protobuf"
    private static let json = "application/json"

    /// nil where a plain document is wanted as much, or this one isn't.
    package init?(_ headers: HTTPHeaders) {
        let wishes = headers[canonicalForm: "accept"].compactMap { MediaType($0) }.filter { $0.quality > 0 }.enumerated()
            .sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }
        for wish in wishes.map(\.element) where [Self.json, Self.protobuf, "application/*", "*/*"].contains(wish.essence) {
            guard let form = wish.parameters["as"], !form.isEmpty else { return nil }
            guard form == "APIGroupDiscoveryList", wish.parameters["g"] == DiscoveryDocuments.aggregatedGroup,
                let version = wish.parameters["v"], ["v2", "v2beta1"].contains(version)
            else { continue }
            self.version = version
            isProtobuf = wish.essence == Self.protobuf
            return
        }
        return nil
    }

    package var contentType: String {
        "\(isProtobuf ? Self.protobuf : Self.json);g=\(DiscoveryDocuments.aggregatedGroup);v=\(version);as=APIGroupDiscoveryList"
    }
}
