// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a request line asks for, taken apart.
struct RequestTarget: Sendable {
    /// Decoded, beginning with a slash.
    var path: String
    var query: Query

    /// Throws 400 for what is no path, or escapes that are none.
    init(_ uri: String) throws(APIError) {
        var target = Substring(uri)
        // Absolute form, as sent to proxies.
        for scheme in ["http://", "https://"] where target.hasPrefix(scheme) {
            target = target.dropFirst(scheme.count).drop { $0 != "/" && $0 != "?" }
            if target.first != "/" { target = "/" + target }
        }
        guard target.first == "/" else { throw .badRequest("the request target is not a path") }
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        guard let path = PercentEncoding.decode(target[..<mark]) else { throw .badRequest("the path holds a malformed percent escape") }
        self.path = path
        query = mark == target.endIndex ? Query() : Query(parsing: target[target.utf8.index(after: mark)...])
    }
}
