// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Between the versions of a kind. Each kind has one version that is stored, through which the others go.
package enum Conversion {
    /// The version that objects of `kind` are stored in.
    package static func storageVersion(of kind: GroupVersionKind) -> GroupVersionKind {
        switch (kind.group, kind.kind) {
        case ("autoscaling", "HorizontalPodAutoscaler"): GroupVersionKind(group: "autoscaling", version: "v2", kind: kind.kind)
        case ("extensions", "Deployment"), ("extensions", "ReplicaSet"), ("apps", "Deployment"), ("apps", "ReplicaSet"):
            GroupVersionKind(group: "apps", version: "v1", kind: kind.kind)
        case ("events.k8s.io", "Event"): GroupVersionKind(group: "", version: "v1", kind: kind.kind)
        default: kind
        }
    }

    /// `object` as `groupVersion` has it.
    package static func convert(_ object: KubeObject, to groupVersion: GroupVersion) throws(APIError) -> KubeObject {
        object
    }
}
