// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// An API group and version, written `group/version`, or `version` alone for the core group.
package struct GroupVersion: Sendable, Hashable, CustomStringConvertible {
    /// Empty for the core group.
    package var group: String
    package var version: String

    package init(group: String, version: String) {
        self.group = group
        self.version = version
    }

    package init(apiVersion: String) {
        if let slash = apiVersion.firstIndex(of: "/") {
            self.init(group: String(apiVersion[..<slash]), version: String(apiVersion[apiVersion.index(after: slash)...]))
        } else {
            self.init(group: "", version: apiVersion)
        }
    }

    package var description: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// Where this version is served: `/api/v1`, or `/apis/GROUP/VERSION`.
    package var path: String { group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)" }
}

package struct GroupVersionKind: Sendable, Hashable, CustomStringConvertible {
    package var group: String
    package var version: String
    package var kind: String

    package init(group: String, version: String, kind: String) {
        self.group = group
        self.version = version
        self.kind = kind
    }

    package init(apiVersion: String, kind: String) {
        let groupVersion = GroupVersion(apiVersion: apiVersion)
        self.init(group: groupVersion.group, version: groupVersion.version, kind: kind)
    }

    package var groupVersion: GroupVersion { GroupVersion(group: group, version: version) }
    package var apiVersion: String { groupVersion.description }
    package var description: String { "\(apiVersion), Kind=\(kind)" }
}

/// A resource as it stands in a path: `apps`, `v1`, `deployments`.
package struct GroupVersionResource: Sendable, Hashable, CustomStringConvertible {
    package var group: String
    package var version: String
    /// Plural and lower case.
    package var resource: String

    package init(group: String, version: String, resource: String) {
        self.group = group
        self.version = version
        self.resource = resource
    }

    package var groupVersion: GroupVersion { GroupVersion(group: group, version: version) }
    package var groupResource: GroupResource { GroupResource(group: group, resource: resource) }
    package var description: String { "\(groupVersion)/\(resource)" }
}

/// A resource whatever its version, written `resource.group` in messages.
package struct GroupResource: Sendable, Hashable, CustomStringConvertible {
    package var group: String
    package var resource: String

    package init(group: String, resource: String) {
        self.group = group
        self.resource = resource
    }

    package var description: String { group.isEmpty ? resource : "\(resource).\(group)" }
}

extension GroupVersionResource {
    package static func core(_ resource: String) -> Self { Self(group: "", version: "v1", resource: resource) }
    package static let pods = core("pods")
    package static let nodes = core("nodes")
    package static let namespaces = core("namespaces")
    package static let services = core("services")
    package static let endpoints = core("endpoints")
    package static let configMaps = core("configmaps")
    package static let events = core("events")
    package static let deployments = Self(group: "apps", version: "v1", resource: "deployments")
    package static let replicaSets = Self(group: "apps", version: "v1", resource: "replicasets")
    package static let statefulSets = Self(group: "apps", version: "v1", resource: "statefulsets")
    package static let daemonSets = Self(group: "apps", version: "v1", resource: "daemonsets")
    package static let controllerRevisions = Self(group: "apps", version: "v1", resource: "controllerrevisions")
    package static let persistentVolumes = core("persistentvolumes")
    package static let persistentVolumeClaims = core("persistentvolumeclaims")
    package static let horizontalPodAutoscalers = Self(group: "autoscaling", version: "v2", resource: "horizontalpodautoscalers")
    package static let leases = Self(group: "coordination.k8s.io", version: "v1", resource: "leases")
    package static let endpointSlices = Self(group: "discovery.k8s.io", version: "v1", resource: "endpointslices")
    package static let customResourceDefinitions = Self(group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions")
    package static let apiServices = Self(group: "apiregistration.k8s.io", version: "v1", resource: "apiservices")
    package static let secrets = core("secrets")
    package static let serviceAccounts = core("serviceaccounts")
    package static let certificateSigningRequests = Self(group: "certificates.k8s.io", version: "v1", resource: "certificatesigningrequests")
    package static let subjectAccessReviews = Self(group: "authorization.k8s.io", version: "v1", resource: "subjectaccessreviews")
    package static let clusterRoles = rbac("clusterroles")
    package static let clusterRoleBindings = rbac("clusterrolebindings")
    package static let roles = rbac("roles")
    package static let roleBindings = rbac("rolebindings")
    private static func rbac(_ resource: String) -> Self { Self(group: "rbac.authorization.k8s.io", version: "v1", resource: resource) }
    package static let podMetrics = Self(group: "metrics.k8s.io", version: "v1beta1", resource: "pods")
    package static let nodeMetrics = Self(group: "metrics.k8s.io", version: "v1beta1", resource: "nodes")
}
