// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel

/// Watch events as they stand on the wire: one JSON object a line.
package enum WatchFraming {
    package enum EventType: String, Sendable, Hashable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
        case bookmark = "BOOKMARK"
        /// The object is a `Status`; the watch ends after it.
        case error = "ERROR"
    }

    /// - Parameter object: encoded once, however many watchers get it.
    package static func line(_ type: EventType, encodedObject object: [UInt8]) -> [UInt8] {
        var line: [UInt8] = []
        append(type, encodedObject: object, to: &line)
        return line
    }

    package static func line(_ type: EventType, _ object: JSONValue) -> [UInt8] { line(type, encodedObject: object.encoded) }

    package static func append(_ type: EventType, encodedObject object: [UInt8], to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + object.count + 40)
        bytes.append(contentsOf: #"{"type":""#.utf8)
        bytes.append(contentsOf: type.rawValue.utf8)
        bytes.append(contentsOf: #"","object":"#.utf8)
        bytes.append(contentsOf: object)
        bytes.append(contentsOf: "}\n".utf8)
    }
}
