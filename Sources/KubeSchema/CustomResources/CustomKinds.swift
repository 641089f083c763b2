// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Synchronization

/// The kinds that definitions make at this moment, for all that read or write objects by their schemas.
package final class CustomKinds: Sendable {
    /// One version of a custom kind.
    package struct Kind: Sendable {
        package let definition: CustomResourceDefinition
        package let version: CustomResourceDefinition.Version
        /// The version in which its objects are stored.
        package let storage: GroupVersionKind
    }

    private struct State {
        var kinds: [GroupVersionKind: Kind] = [:]
        var epoch = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func kind(_ kind: GroupVersionKind) -> Kind? { state.withLock { $0.kinds[kind] } }

    /// Another number after each change: what was made of objects by their schemas before may look otherwise now.
    package var epoch: Int { state.withLock { $0.epoch } }

    /// These, and no others.
    package func replace(by definitions: [CustomResourceDefinition]) {
        var kinds: [GroupVersionKind: Kind] = [:]
        for definition in definitions {
            guard let storage = definition.storageVersion.map(definition.groupVersionKind) else { continue }
            // One that is not served may still be what is stored.
            for version in definition.versions {
                kinds[definition.groupVersionKind(version)] = Kind(definition: definition, version: version, storage: storage)
            }
        }
        state.withLock { state in
            state.kinds = kinds
            state.epoch += 1
        }
    }
}

extension CustomResourceDefinition {
    /// What is wrong with an object by the schema of a version of its kind.
    ///
    /// - Parameter object: In whichever version; there is no conversion but of the `apiVersion`.
    package func errors(_ object: KubeObject, version name: String) -> [APIError.Cause] {
        guard let version = version(name), let schema = version.schema else { return [] }
        return schema.validate(object.json)
    }
}
