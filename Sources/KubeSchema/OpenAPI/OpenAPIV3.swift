// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The OpenAPI v3 documents that the API server publishes, one a group and version.
///
/// kubectl looks here before it writes: a PATCH operation of the object's kind with a `fieldValidation` parameter tells it
/// that the server checks fields, and `kubectl explain` prints the schemas.
package struct OpenAPIV3: Sendable {
    package let schema: KubeSchema

    package init(schema: KubeSchema = .builtIn) { self.schema = schema }

    /// Costs some milliseconds; the caller keeps its bytes.
    package func document(for groupVersion: GroupVersion, resources: [OpenAPIResource]) -> JSONValue {
        var paths = JSONObject()
        for resource in resources {
            OpenAPIPaths(schema: schema, dialect: .v3, groupVersion: groupVersion, resource: resource).add(to: &paths)
        }
        let components = OpenAPIComponents(schema: schema, dialect: .v3).definitions(for: resources)
        return [
            "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": "v1"], "paths": .object(paths),
            "components": ["schemas": .object(components)],
        ]
    }

    /// What `/openapi/v3` answers.
    /// - Parameter documents: The bytes of each version's document.
    package static func index(_ documents: [(groupVersion: GroupVersion, bytes: [UInt8])]) -> JSONValue {
        var paths = JSONObject()
        for (groupVersion, bytes) in documents {
            let path = String(groupVersion.path.dropFirst())
            paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(ContentHash.of(bytes))")]
        }
        return ["paths": .object(paths)]
    }
}
