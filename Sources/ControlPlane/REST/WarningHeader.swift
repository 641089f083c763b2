// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import NIOHTTP1

enum WarningHeader {
    /// As many as an answer's head has room for: where all of them are too long together, each is cut, and those that then don't fit are left out.
    /// - Source: k8s.io/apiserver pkg/endpoints/filters/warning.go
    static func shortened(_ warnings: [String]) -> [String] {
        let (all, one) = (4096, 256)
        guard warnings.reduce(0, { $0 + $1.unicodeScalars.count }) > all else { return warnings }
        var room = all
        return warnings.lazy.map { String(String.UnicodeScalarView($0.unicodeScalars.prefix(one))) }.prefix { warning in
            room -= warning.unicodeScalars.count
            return room >= 0
        }
    }

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
