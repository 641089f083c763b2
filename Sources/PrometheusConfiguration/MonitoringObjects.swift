// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The objects of prometheus-operator, and what they refer to: all that a configuration is made from.
package struct MonitoringObjects: Sendable, Hashable {
    /// `monitoring.coreos.com/v1 Prometheus`; of one server.
    package var prometheus: KubeObject
    /// Of every namespace; which of them count is for the selectors of `prometheus` to say.
    package var serviceMonitors: [KubeObject] = []
    package var podMonitors: [KubeObject] = []
    package var rules: [KubeObject] = []
    /// Each namespace with its labels.
    package var namespaces: [String: [String: String]] = [:]
    package var data = ReferencedData()

    package init(prometheus: KubeObject) { self.prometheus = prometheus }
}

/// What Secrets and ConfigMaps hold, by key, decoded.
package struct ReferencedData: Sendable, Hashable {
    package var secrets: [NamespacedName: [String: [UInt8]]] = [:]
    package var configMaps: [NamespacedName: [String: [UInt8]]] = [:]

    package init() {}

    func entries(of reference: DataReference) -> [String: [UInt8]]? {
        switch reference.kind {
        case .secret: secrets[reference.name]
        case .configMap: configMaps[reference.name]
        }
    }
}

/// A Secret or ConfigMap that the configuration depends on, whether it is there or not.
package struct DataReference: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case secret = "Secret"
        case configMap = "ConfigMap"
    }

    package var kind: Kind
    package var name: NamespacedName

    package init(_ kind: Kind, _ name: NamespacedName) {
        self.kind = kind
        self.name = name
    }
}
