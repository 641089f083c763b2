// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeCoding
import KubeModel

/// What a request is to be answered with, and in which encoding.
struct MetricsAnswer: Sendable {
    let form: MetricsForm
    let representation: Representation
    let request: APIRequest

    /// Whether a long one can be sent as it is written.
    var isStreamed: Bool { representation.encoding == .json && !isPretty }

    private var isPretty: Bool { request.query.flag("pretty") }

    var writer: any MetricsWriter { representation.encoding == .protobuf ? MetricsProtobufWriter(form) : MetricsJSONWriter(form) }

    /// From what a writer wrote: JSON, which is made into YAML and indented where that is asked for, or protobuf.
    func response(_ bytes: [UInt8]) throws(APIError) -> APIResponse {
        var bytes = bytes
        if representation.encoding == .yaml || representation.encoding == .json && isPretty {
            do {
                let json = try JSONValue.parse(bytes)
                bytes = representation.encoding == .yaml ? Array(YAML.text(of: json).utf8) : json.indented
            } catch {
                throw .internalError("cannot write \(representation.contentType): \(error)")
            }
        }
        return APIResponse(contentType: representation.contentType, body: bytes)
    }
}
