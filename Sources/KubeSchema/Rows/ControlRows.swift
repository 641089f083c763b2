// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Leases, endpoint slices, API services, access reviews and metrics.
    static let controlRows = """
        package coordination/v1 coordination.k8s.io/v1 k8s.io.api.coordination.v1
        type Lease kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? LeaseSpec 2
        type LeaseSpec
          holderIdentity? *string 1
          leaseDurationSeconds? *int32 2
          acquireTime? *microTime 3
          renewTime? *microTime 4
          leaseTransitions? *int32 5
          strategy? *string 6 enum=OldestEmulationVersion
          preferredHolder? *string 7
        package discovery/v1 discovery.k8s.io/v1 k8s.io.api.discovery.v1
        type EndpointSlice kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          addressType! string 4
          endpoints!? []Endpoint 2 list=atomic
          ports!? []EndpointPort 3 list=atomic
        type Endpoint
          addresses! []string 1 list=set
          conditions EndpointConditions 2
          hostname? *string 3
          targetRef? *core/v1.ObjectReference 4
          deprecatedTopology? map:string 5
          nodeName? *string 6
          zone? *string 7
          hints? *EndpointHints 8
        type EndpointConditions
          ready? *bool 1
          serving? *bool 2
          terminating? *bool 3
        type EndpointHints
          forZones []ForZone 1 list=atomic
          forNodes []ForNode 2 list=atomic
        type ForZone
          name! string 1
        type ForNode
          name! string 1
        type EndpointPort
          name *string 1
          protocol *string 2
          port *int32 3
          appProtocol? *string 4
        package apiregistration/v1 apiregistration.k8s.io/v1 k8s.io.kube_aggregator.pkg.apis.apiregistration.v1
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
        package authorization/v1 authorization.k8s.io/v1 k8s.io.api.authorization.v1
        type SubjectAccessReview kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec! SubjectAccessReviewSpec 2
          status? SubjectAccessReviewStatus 3
        type SubjectAccessReviewSpec
          resourceAttributes? *ResourceAttributes 1
          nonResourceAttributes? *NonResourceAttributes 2
          user? string 3
          groups? []string 4 list=atomic
          extra? map:wrapped[]string 5
          uid? string 6
        type ResourceAttributes
          namespace? string 1
          verb? string 2
          group? string 3
          version? string 4
          resource? string 5
          subresource? string 6
          name? string 7
          fieldSelector? *FieldSelectorAttributes 8
          labelSelector? *LabelSelectorAttributes 9
        type FieldSelectorAttributes
          rawSelector? string 1
          requirements? []meta/v1.FieldSelectorRequirement 2 list=atomic
        type LabelSelectorAttributes
          rawSelector? string 1
          requirements? []meta/v1.LabelSelectorRequirement 2 list=atomic
        type NonResourceAttributes
          path? string 1
          verb? string 2
        type SubjectAccessReviewStatus
          allowed! bool 1
          denied? bool 4
          reason? string 2
          evaluationError? string 3
        type SelfSubjectAccessReview kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec! SelfSubjectAccessReviewSpec 2
          status? SubjectAccessReviewStatus 3
        type SelfSubjectAccessReviewSpec
          resourceAttributes? *ResourceAttributes 1
          nonResourceAttributes? *NonResourceAttributes 2
        type LocalSubjectAccessReview kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec! SubjectAccessReviewSpec 2
          status? SubjectAccessReviewStatus 3
        type SelfSubjectRulesReview kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec! SelfSubjectRulesReviewSpec 2
          status? SubjectRulesReviewStatus 3
        type SelfSubjectRulesReviewSpec
          namespace string 1
        type SubjectRulesReviewStatus
          resourceRules! []ResourceRule 1 list=atomic
          nonResourceRules! []NonResourceRule 2 list=atomic
          incomplete! bool 3
          evaluationError? string 4
        type ResourceRule
          verbs! []string 1 list=atomic
          apiGroups? []string 2 list=atomic
          resources? []string 3 list=atomic
          resourceNames? []string 4 list=atomic
        type NonResourceRule
          verbs! []string 1 list=atomic
          nonResourceURLs? []string 2 list=atomic
        package meta/v1 meta.k8s.io/v1 k8s.io.apimachinery.pkg.apis.meta.v1
        type FieldSelectorRequirement
          key! string 1
          operator! string 2 enum=DoesNotExist|Exists|In|NotIn
          values? []string 3 list=atomic
        package metrics/v1beta1 metrics.k8s.io/v1beta1 k8s.io.metrics.pkg.apis.metrics.v1beta1
        type NodeMetrics kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          timestamp! time 2
          window! duration 3
          usage! map:quantity 4
        type PodMetrics kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          timestamp! time 2
          window! duration 3
          containers! []ContainerMetrics 4 list=atomic
        type ContainerMetrics
          name! string 1
          usage! map:quantity 2
        """
}
