// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A path outside the usual form of resources, such as those of metrics, percent-encoded.
package struct RequestPath: Sendable, Hashable {
    package private(set) var text: String
    private var hasQuery = false

    /// - Parameters:
    ///   - prefix: As it is.
    ///   - parts: Each encoded.
    package init(_ prefix: String, _ parts: [String]) {
        text = parts.reduce(into: prefix) { $0 += "/" + Self.encoded($1) }
    }

    /// Leaves out what is nil or empty.
    package func adding(_ parameter: String, _ value: String?) -> RequestPath {
        var path = self
        path.add(parameter, value)
        return path
    }

    mutating func add(_ parameter: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        text += (hasQuery ? "&" : "?") + parameter + "=" + Self.encoded(value)
        hasQuery = true
    }

    /// RFC 3986: all but the unreserved characters.
    package static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Where a resource is served, with its query.
struct ResourcePath: Sendable, Hashable {
    private var path: RequestPath
    var text: String { path.text }

    init(_ resource: GroupVersionResource, namespace: String = "", name: String? = nil, subresource: String? = nil) {
        let place = (namespace.isEmpty ? [] : ["namespaces", namespace]) + [resource.resource] + (name.map { [$0] } ?? [])
        path = RequestPath(resource.groupVersion.path, place)
        if let subresource { path = RequestPath(path.text + "/" + subresource, []) }
    }

    /// Leaves out what is nil or empty.
    mutating func add(_ parameter: String, _ value: String?) { path.add(parameter, value) }
}
