// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Tells the ReplicaSets of a Deployment apart by what their pods are made of.
enum PodTemplateHash {
    static let label = "pod-template-hash"

    /// Letters and digits that form no words.
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")

    /// - Parameter collisions: Another hash for the same template, where the first was taken.
    static func hash(of template: JSONValue, collisions: Int64) -> String {
        var hash: UInt32 = 2_166_136_261
        func mix(_ bytes: some Sequence<UInt8>) {
            // FNV-1a
            for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        }
        mix(template.encoded)
        if collisions > 0 { mix(String(collisions).utf8) }
        return String(String(hash).utf8.map { alphabet[Int($0) % alphabet.count] })
    }

    /// The template without its hash, which is what a Deployment and its ReplicaSet have in common.
    static func bare(_ template: JSONValue) -> JSONValue {
        guard var object = template.object, template.value(at: "metadata", "labels", label) != nil else { return template }
        object.set(nil, at: "metadata", "labels", label)
        return .object(object)
    }
}
