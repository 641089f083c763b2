// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Roles and their bindings.
    static let accessRows = """
        package rbac/v1 rbac.authorization.k8s.io/v1 k8s.io.api.rbac.v1
        type ClusterRole kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          rules!? []PolicyRule 2 list=atomic
          aggregationRule? *AggregationRule 3
        type PolicyRule
          verbs! []string 1 list=atomic
          apiGroups? []string 2 list=atomic
          resources? []string 3 list=atomic
          resourceNames? []string 4 list=atomic
          nonResourceURLs? []string 5 list=atomic
        type AggregationRule
          clusterRoleSelectors? []meta/v1.LabelSelector 1 list=atomic
        type ClusterRoleBinding kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          subjects? []Subject 2 list=atomic
          roleRef! RoleRef 3
        type Subject
          kind! string 1
          apiGroup? string 2
          name! string 3
          namespace? string 4
        type RoleRef
          apiGroup!? string 1
          kind! string 2
          name! string 3
        type Role kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          rules!? []PolicyRule 2 list=atomic
        type RoleBinding kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          subjects? []Subject 2 list=atomic
          roleRef! RoleRef 3
        package rbac/v1beta1 rbac.authorization.k8s.io/v1beta1 k8s.io.api.rbac.v1beta1
        type ClusterRole kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          rules!? []PolicyRule 2 list=atomic
          aggregationRule? *AggregationRule 3
        type PolicyRule
          verbs! []string 1 list=atomic
          apiGroups? []string 2 list=atomic
          resources? []string 3 list=atomic
          resourceNames? []string 4 list=atomic
          nonResourceURLs? []string 5 list=atomic
        type AggregationRule
          clusterRoleSelectors? []meta/v1.LabelSelector 1 list=atomic
        type ClusterRoleBinding kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          subjects? []Subject 2 list=atomic
          roleRef! RoleRef 3
        type Subject
          kind! string 1
          apiGroup? string 2
          name! string 3
          namespace? string 4
        type RoleRef
          apiGroup!? string 1
          kind! string 2
          name! string 3
        type Role kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          rules!? []PolicyRule 2 list=atomic
        type RoleBinding kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          subjects? []Subject 2 list=atomic
          roleRef! RoleRef 3
        """
}
