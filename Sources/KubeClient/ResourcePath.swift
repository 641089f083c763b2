// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Where a resource is served, with its query, percent-encoded.
struct ResourcePath: Sendable, Hashable {
    private(set) var text: String
    private var hasQuery = false

    init(_ resource: GroupVersionResource, namespace: String = "", name: String? = nil, subresource: String? = nil) {
        text = resource.groupVersion.path
        if !namespace.isEmpty { text += "/namespaces/" + Self.encoded(namespace) }
        text += "/" + resource.resource
        if let name { text += "/" + Self.encoded(name) }
        if let subresource { text += "/" + subresource }
    }

    /// Leaves out what is nil or empty.
    mutating func add(_ parameter: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        text += (hasQuery ? "&" : "?") + parameter + "=" + Self.encoded(value)
        hasQuery = true
    }

    /// RFC 3986: all but the unreserved characters.
    static func encoded(_ text: String) -> String {
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
