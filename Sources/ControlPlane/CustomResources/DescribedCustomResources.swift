// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema

/// The custom resources that are served, as OpenAPI describes them.
struct DescribedCustomResources: Sendable {
    /// Another number whenever the resources are others; the documents are made anew then.
    var generation: Int
    /// Each with its group and version in `kind`.
    var resources: [OpenAPIResource]
}

extension ResourceCatalog {
    var described: DescribedCustomResources {
        // Read first: what changes in between is described anew the next time.
        let generation = customKinds.epoch
        return DescribedCustomResources(
            generation: generation,
            resources: served.flatMap { custom in
                custom.servedVersions.map { version in
                    .custom(
                        kind: custom.groupVersionKind(version), plural: custom.names.plural, listKind: custom.names.listKind,
                        isNamespaced: custom.isNamespaced, schema: version.openAPIV3Schema, preservesUnknownFields: custom.preservesUnknownFields,
                        hasStatus: version.hasStatus, hasScale: version.scale != nil)
                }
            })
    }
}
