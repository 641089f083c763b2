// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Synchronization

/// How many requests were answered, and how.
package final class RequestCounter: Sendable {
    package struct Key: Sendable, Hashable {
        package var verb: String
        package var group: String
        package var version: String
        package var resource: String
        package var subresource: String
        package var code: UInt
    }

    /// Paths are the clients' to choose: beyond so many, what is new is counted as one.
    private static let limit = 4096
    private static let longest = 400
    private let counts = Mutex<[Key: UInt64]>([:])

    package init() {}

    func count(_ info: RequestInfo, code: UInt) {
        let isResource = info.isResourceRequest
        var key = Key(
            verb: info.verb.uppercased(), group: isResource ? info.group : "", version: isResource ? info.version : "",
            resource: isResource ? info.resource : "", subresource: isResource ? info.subresource : info.path, code: code)
        let length = key.group.utf8.count + key.version.utf8.count + key.resource.utf8.count + key.subresource.utf8.count
        // No path of ours is as long, and what nobody is served is no path at all.
        if length > Self.longest || !isResource && [401, 403, 404].contains(code) {
            key = Key(verb: key.verb, group: "", version: "", resource: "", subresource: "", code: code)
        }
        counts.withLock { counts in
            if counts[key] == nil, counts.count >= Self.limit {
                counts[Key(verb: key.verb, group: "", version: "", resource: "", subresource: "", code: code), default: 0] += 1
            } else {
                counts[key, default: 0] += 1
            }
        }
    }

    /// In no order.
    package var snapshot: [(key: Key, count: UInt64)] { counts.withLock { $0.map { ($0.key, $0.value) } } }
}
