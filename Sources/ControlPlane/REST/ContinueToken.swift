// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel

/// Where a list in pieces goes on. Clients hand it back as they got it.
///
/// - Source: k8s.io/apiserver pkg/storage/continue.go
struct ContinueToken: Sendable, Hashable {
    /// The revision that all pieces are of; nil for a list that goes on at the present, whatever has changed.
    var revision: Int64?
    /// The first object to come.
    var start: NamespacedName

    private static let version = "meta.k8s.io/v1"
    /// Stands for no revision.
    private static let inconsistent: Int64 = -1

    init(revision: Int64?, start: NamespacedName) {
        self.revision = revision
        self.start = start
    }

    /// - Throws: 400 for what is no token of ours.
    init(_ text: String) throws(APIError) {
        guard let data = Data(base64Encoded: Self.padded(text)), let json = try? JSONValue.parse([UInt8](data)) else {
            throw Self.invalid("it is not the text that a list gave")
        }
        guard json["v"]?.string == Self.version else {
            throw Self.invalid("server does not recognize this encoded version \(json["v"]?.string ?? "")")
        }
        guard let revision = json["rv"]?.int, revision > 0 || revision == Self.inconsistent else {
            throw Self.invalid("incorrect encoded start resourceVersion (version \(Self.version))")
        }
        guard let start = json["start"]?.string, !start.isEmpty else { throw Self.invalid("encoded start key empty (version \(Self.version))") }
        let parts = start.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        self.revision = revision == Self.inconsistent ? nil : revision
        self.start = parts.count == 2 ? NamespacedName(namespace: parts[0], name: parts[1]) : NamespacedName(namespace: "", name: parts[0])
    }

    var text: String {
        let key = start.namespace.isEmpty ? start.name : "\(start.namespace)/\(start.name)"
        let json: JSONValue = ["v": .string(Self.version), "rv": .integer(revision ?? Self.inconsistent), "start": .string(key)]
        return Data(json.encoded).base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    private static func padded(_ text: String) -> String {
        let standard = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        return standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
    }

    private static func invalid(_ why: String) -> APIError { .badRequest("invalid continue token: continue key is not valid: \(why)") }
}
