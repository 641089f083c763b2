// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Disruption budgets, network policies, and what old manifests register.
    static let policyRows = """
        package policy/v1 policy/v1 k8s.io.api.policy.v1
        type PodDisruptionBudget kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? PodDisruptionBudgetSpec 2
          status? PodDisruptionBudgetStatus 3
        type PodDisruptionBudgetSpec
          minAvailable? *intOrString 1
          selector? *meta/v1.LabelSelector 2 patch=replace
          maxUnavailable? *intOrString 3
          unhealthyPodEvictionPolicy? *string 4 enum=AlwaysAllow|IfHealthyBudget
        type PodDisruptionBudgetStatus
          observedGeneration? int64 1
          disruptedPods? map:time 2
          disruptionsAllowed!? int32 3
          currentHealthy!? int32 4
          desiredHealthy!? int32 5
          expectedPods!? int32 6
          conditions? []meta/v1.Condition 7 patch=merge key=type list=map keys=type
        package policy/v1beta1 policy/v1beta1 k8s.io.api.policy.v1beta1
        type PodDisruptionBudget kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? PodDisruptionBudgetSpec 2
          status? PodDisruptionBudgetStatus 3
        type PodDisruptionBudgetSpec
          minAvailable? *intOrString 1
          selector? *meta/v1.LabelSelector 2
          maxUnavailable? *intOrString 3
          unhealthyPodEvictionPolicy? *string 4 enum=AlwaysAllow|IfHealthyBudget
        type PodDisruptionBudgetStatus
          observedGeneration? int64 1
          disruptedPods? map:time 2
          disruptionsAllowed!? int32 3
          currentHealthy!? int32 4
          desiredHealthy!? int32 5
          expectedPods!? int32 6
          conditions? []meta/v1.Condition 7 patch=merge key=type list=map keys=type
        package networking/v1 networking.k8s.io/v1 k8s.io.api.networking.v1
        type NetworkPolicy kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? NetworkPolicySpec 2
        type NetworkPolicySpec
          podSelector!? meta/v1.LabelSelector 1
          ingress? []NetworkPolicyIngressRule 2 list=atomic
          egress? []NetworkPolicyEgressRule 3 list=atomic
          policyTypes? []string 4 list=atomic enum=Egress|Ingress
        type NetworkPolicyIngressRule
          ports? []NetworkPolicyPort 1 list=atomic
          from? []NetworkPolicyPeer 2 list=atomic
        type NetworkPolicyPort
          protocol? *string 1
          port? *intOrString 2
          endPort? *int32 3
        type NetworkPolicyPeer
          podSelector? *meta/v1.LabelSelector 1
          namespaceSelector? *meta/v1.LabelSelector 2
          ipBlock? *IPBlock 3
        type IPBlock
          cidr! string 1
          except? []string 2 list=atomic
        type NetworkPolicyEgressRule
          ports? []NetworkPolicyPort 1 list=atomic
          to? []NetworkPolicyPeer 2 list=atomic
        package apiregistration/v1beta1 apiregistration.k8s.io/v1beta1 k8s.io.kube_aggregator.pkg.apis.apiregistration.v1beta1
        type APIService kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec APIServiceSpec 2
          status APIServiceStatus 3
        type APIServiceSpec
          service? *ServiceReference 1
          group string 2
          version string 3
          insecureSkipTLSVerify bool 4
          caBundle? bytes 5 list=atomic
          groupPriorityMinimum! int32 7
          versionPriority! int32 8
        type ServiceReference
          namespace string 1
          name string 2
          port? *int32 3
        type APIServiceStatus
          conditions? []APIServiceCondition 1 patch=merge key=type list=map keys=type
        type APIServiceCondition
          type! string 1 enum=Available
          status! string 2 enum=False|True|Unknown
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
        """
}
