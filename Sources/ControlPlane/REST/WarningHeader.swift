// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import NIOHTTP1

enum WarningHeader {
    /// `299 - "text"`, as kubectl shows after "Warning:".
    static func value(_ text: String) -> String {
        var quoted = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: quoted += " "
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return "299 - \"\(quoted)\""
    }
}

extension APIAnswer {
    /// The answer with one more warning.
    func warning(_ text: String) -> APIAnswer {
        let value = WarningHeader.value(text)
        @Sendable func warned(_ response: APIResponse) -> APIResponse {
            var response = response
            response.headers.add(name: "Warning", value: value)
            return response
        }
        switch self {
        case .ready(let response): return .ready(warned(response))
        case .deferred(let answer): return .deferred { warned(try await answer()) }
        case .stream(let stream): return .stream { writer in try await stream(WarningWriter(writer: writer, value: value)) }
        }
    }
}

private struct WarningWriter: ResponseWriter {
    let writer: any ResponseWriter
    let value: String

    func start(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) async throws {
        var headers = headers
        headers.add(name: "Warning", value: value)
        try await writer.start(status, headers)
    }

    func write(_ bytes: [UInt8]) async throws { try await writer.write(bytes) }
}
