// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A kind whose objects are answered and not kept: it can only be created.
struct TransientResource: Sendable {
    /// Plural, as in paths.
    var resource: String
    var singular: String
    var kind: String
    var isNamespaced = false
    var versions: [GroupVersion]

    static let all = AccessReviews.resources + TokenReviews.resources + [binding]

    private static let binding = TransientResource(
        resource: "bindings", singular: "binding", kind: "Binding", isNamespaced: true, versions: [GroupVersion(group: "", version: "v1")])

    static func all(in version: GroupVersion) -> [TransientResource] { all.filter { $0.versions.contains(version) } }

    func kind(in version: GroupVersion) -> GroupVersionKind { GroupVersionKind(group: version.group, version: version.version, kind: kind) }
}
