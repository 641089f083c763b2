// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Secrets, service accounts and the reviews of tokens.
    static let identityRows = """
        package core/v1 v1 k8s.io.api.core.v1
        type Secret kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          immutable? *bool 5
          data? map:bytes 2
          stringData? map:string 4
          type? string 3 enum=Opaque|bootstrap.kubernetes.io/token|kubernetes.io/basic-auth|kubernetes.io/dockercfg|kubernetes.io/dockerconfigjson|kubernetes.io/service-account-token|kubernetes.io/ssh-auth|kubernetes.io/tls
        type ServiceAccount kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          secrets? []ObjectReference 2 patch=merge key=name list=map keys=name
          imagePullSecrets? []LocalObjectReference 3 list=atomic
          automountServiceAccountToken? *bool 4
        package authentication/v1 authentication.k8s.io/v1 k8s.io.api.authentication.v1
        type TokenRequest kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec!? TokenRequestSpec 2
          status? TokenRequestStatus 3
        type TokenRequestSpec
          audiences!? []string 1 list=atomic
          expirationSeconds!? *int64 4
          boundObjectRef!? *BoundObjectReference 3
        type BoundObjectReference
          kind? string 1
          apiVersion? string 2
          name? string 3
          uid? string 4
        type TokenRequestStatus
          token!? string 1
          expirationTimestamp!? time 2
        type TokenReview kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec! TokenReviewSpec 2
          status? TokenReviewStatus 3
        type TokenReviewSpec
          token string 1
          audiences? []string 2 list=atomic
        type TokenReviewStatus
          authenticated? bool 1
          user? UserInfo 2
          audiences? []string 4 list=atomic
          error? string 3
        type UserInfo
          username? string 1
          uid? string 2
          groups? []string 3 list=atomic
          extra? map:wrapped[]string 4
        type SelfSubjectReview kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          status? SelfSubjectReviewStatus 2
        type SelfSubjectReviewStatus
          userInfo? UserInfo 1
        package authentication/v1beta1 authentication.k8s.io/v1beta1 k8s.io.api.authentication.v1beta1
        type TokenReview kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec! TokenReviewSpec 2
          status? TokenReviewStatus 3
        type TokenReviewSpec
          token string 1
          audiences? []string 2 list=atomic
        type TokenReviewStatus
          authenticated? bool 1
          user? UserInfo 2
          audiences? []string 4 list=atomic
          error? string 3
        type UserInfo
          username? string 1
          uid? string 2
          groups? []string 3 list=atomic
          extra? map:wrapped[]string 4
        """
}
