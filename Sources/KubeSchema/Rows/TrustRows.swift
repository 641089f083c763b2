// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Certificate signing requests, the reviews of old, and aggregated discovery.
    static let trustRows = """
        package certificates/v1 certificates.k8s.io/v1 k8s.io.api.certificates.v1
        type CertificateSigningRequest kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec! CertificateSigningRequestSpec 2
          status? CertificateSigningRequestStatus 3
        type CertificateSigningRequestSpec
          request! bytes 1
          signerName! string 7
          expirationSeconds? *int32 8
          usages []string 5 list=atomic enum=any|cert sign|client auth|code signing|content commitment|crl sign|data encipherment|decipher only|digital signature|email protection|encipher only|ipsec end system|ipsec tunnel|ipsec user|key agreement|key encipherment|microsoft sgc|netscape sgc|ocsp signing|s/mime|server auth|signing|timestamping
          username? string 2
          uid? string 3
          groups? []string 4 list=atomic
          extra? map:wrapped[]string 6
        type CertificateSigningRequestStatus
          conditions? []CertificateSigningRequestCondition 1 list=map keys=type
          certificate? bytes 2
        type CertificateSigningRequestCondition
          type! string 1 enum=Approved|Denied|Failed
          status! string 6
          reason? string 2
          message? string 3
          lastUpdateTime? time 4
          lastTransitionTime? time 5
        package authentication/v1beta1 authentication.k8s.io/v1beta1 k8s.io.api.authentication.v1beta1
        type SelfSubjectReview kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          status? SelfSubjectReviewStatus 2
        type SelfSubjectReviewStatus
          userInfo? authentication/v1.UserInfo 1
        package authorization/v1beta1 authorization.k8s.io/v1beta1 k8s.io.api.authorization.v1beta1
        type SubjectAccessReview kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec! SubjectAccessReviewSpec 2
          status? SubjectAccessReviewStatus 3
        type SubjectAccessReviewSpec
          resourceAttributes? *ResourceAttributes 1
          nonResourceAttributes? *NonResourceAttributes 2
          user? string 3
          group? []string 4 list=atomic
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
          fieldSelector? *authorization/v1.FieldSelectorAttributes 8
          labelSelector? *authorization/v1.LabelSelectorAttributes 9
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
        package apidiscovery/v2 apidiscovery.k8s.io/v2 k8s.io.api.apidiscovery.v2
        type APIGroupDiscoveryList
          + meta/v1.TypeMeta -
          metadata? meta/v1.ListMeta 1
          items! []APIGroupDiscovery 2
        type APIGroupDiscovery kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          versions []APIVersionDiscovery 2 list=map keys=version
        type APIVersionDiscovery
          version! string 1
          resources []APIResourceDiscovery 2 list=map keys=resource
          freshness string 3 enum=Current|Stale
        type APIResourceDiscovery
          resource! string 1
          responseKind *meta/v1.GroupVersionKind 2
          scope! string 3 enum=Cluster|Namespaced
          singularResource! string 4
          verbs! []string 5 list=set
          shortNames []string 6 list=set
          categories []string 7 list=set
          subresources []APISubresourceDiscovery 8 list=map keys=subresource
        type APISubresourceDiscovery
          subresource! string 1
          responseKind *meta/v1.GroupVersionKind 2
          acceptedTypes []meta/v1.GroupVersionKind 3 list=map keys=group,version,kind
          verbs! []string 4 list=set
        package meta/v1 meta.k8s.io/v1 k8s.io.apimachinery.pkg.apis.meta.v1
        type GroupVersionKind
          group! string 1
          version! string 2
          kind! string 3
        package apidiscovery/v2beta1 apidiscovery.k8s.io/v2beta1 k8s.io.api.apidiscovery.v2beta1
        type APIGroupDiscoveryList
          + meta/v1.TypeMeta -
          metadata? meta/v1.ListMeta 1
          items! []APIGroupDiscovery 2
        type APIGroupDiscovery kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          versions []APIVersionDiscovery 2 list=map keys=version
        type APIVersionDiscovery
          version! string 1
          resources []APIResourceDiscovery 2 list=map keys=resource
          freshness string 3 enum=Current|Stale
        type APIResourceDiscovery
          resource! string 1
          responseKind *meta/v1.GroupVersionKind 2
          scope! string 3 enum=Cluster|Namespaced
          singularResource! string 4
          verbs! []string 5 list=set
          shortNames []string 6 list=set
          categories []string 7 list=set
          subresources []APISubresourceDiscovery 8 list=map keys=subresource
        type APISubresourceDiscovery
          subresource! string 1
          responseKind *meta/v1.GroupVersionKind 2
          acceptedTypes []meta/v1.GroupVersionKind 3 list=map keys=group,version,kind
          verbs! []string 4 list=set
        """
}
