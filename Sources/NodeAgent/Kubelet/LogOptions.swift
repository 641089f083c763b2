// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

/// What `kubectl logs` asks for.
struct LogOptions: Sendable, Hashable {
    var follow = false
    var previous = false
    var showsTimes = false
    /// nil: all.
    var tailLines: Int?
    var limitBytes: Int?
    /// Only what was printed then and later.
    var since: Timestamp?
    /// `stdout` or `stderr`; nil for both.
    var stream: String?

    init() {}

    /// - Throws: `APIError` for a parameter that cannot be read.
    init(_ query: Query, now: Timestamp) throws(APIError) {
        follow = query["follow"] != nil && query.flag("follow")
        previous = query["previous"] != nil && query.flag("previous")
        showsTimes = query["timestamps"] != nil && query.flag("timestamps")
        tailLines = try Self.number(query, "tailLines")
        limitBytes = try Self.number(query, "limitBytes")
        if let seconds = try Self.number(query, "sinceSeconds") { since = now - .seconds(seconds) }
        if let text = query["sinceTime"] {
            guard let time = Timestamp(text) else { throw .badRequest("sinceTime: \"\(text)\" is not a time") }
            since = time
        }
        switch query["stream"] {
        case nil, "", "All": break
        case "Stdout": stream = "stdout"
        case "Stderr": stream = "stderr"
        case let other?: throw .badRequest("stream: \"\(other)\" is not one of All, Stdout, Stderr")
        }
    }

    private static func number(_ query: Query, _ name: String) throws(APIError) -> Int? {
        guard let text = query[name] else { return nil }
        guard let number = Int(text), number >= 0 else { throw .badRequest("\(name): \"\(text)\" is not a number from 0") }
        return number
    }

    /// What a reader is shown of some records.
    func text(of records: [LogRecord]) -> [UInt8] {
        var bytes: [UInt8] = []
        let earliest = since?.nanoText ?? ""
        for record in records {
            guard record.time >= earliest, stream == nil || stream == record.stream else { continue }
            if showsTimes { bytes.append(contentsOf: "\(record.time) ".utf8) }
            bytes.append(contentsOf: record.text)
            if record.isWhole { bytes.append(UInt8(ascii: "\n")) }
        }
        return bytes
    }
}
