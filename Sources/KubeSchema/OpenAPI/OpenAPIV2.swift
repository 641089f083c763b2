// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The OpenAPI v2 document, one for all groups and versions.
///
/// kubectl of old (before 1.27) checks manifests by it, merges lists by its patch strategies, and prints it for `kubectl explain`.
package struct OpenAPIV2: Sendable {
    package let schema: KubeSchema

    package init(schema: KubeSchema = .builtIn) { self.schema = schema }

    /// Costs some tens of milliseconds; the caller keeps its bytes.
    /// - Parameter resources: Of each group and version, custom ones among them.
    package func document(_ resources: [(groupVersion: GroupVersion, resources: [OpenAPIResource])]) -> JSONValue {
        var paths = JSONObject()
        for (groupVersion, members) in resources {
            for resource in members { OpenAPIPaths(schema: schema, dialect: .v2, groupVersion: groupVersion, resource: resource).add(to: &paths) }
        }
        let definitions = OpenAPIComponents(schema: schema, dialect: .v2).definitions(for: resources.flatMap(\.resources))
        return [
            "swagger": "2.0", "info": ["title": "Kubernetes", "version": "v1"], "paths": .object(paths), "definitions": .object(definitions),
        ]
    }
}
