// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Metadata, selectors, conditions and the envelopes of meta.k8s.io.
    static let metaRows = """
        package meta/v1 meta.k8s.io/v1 k8s.io.apimachinery.pkg.apis.meta.v1
        type ObjectMeta
          name? string 1
          generateName? string 2
          namespace? string 3
          selfLink? string 4
          uid? string 5
          resourceVersion? string 6
          generation? int64 7
          creationTimestamp? time 8
          deletionTimestamp? *time 9
          deletionGracePeriodSeconds? *int64 10
          labels? map:string 11
          annotations? map:string 12
          ownerReferences? []OwnerReference 13 patch=merge key=uid list=map keys=uid
          finalizers? []string 14 patch=merge list=set
          managedFields? []ManagedFieldsEntry 17 list=atomic
        type OwnerReference
          apiVersion! string 5
          kind! string 1
          name! string 3
          uid! string 4
          controller? *bool 6
          blockOwnerDeletion? *bool 7
        type ManagedFieldsEntry
          manager string 1
          operation string 2 enum=Apply|Update
          apiVersion string 3
          time? *time 4
          fieldsType string 6
          fieldsV1? *fieldsV1 7
          subresource string 8
        type ListMeta
          selfLink? string 1
          resourceVersion? string 2
          continue string 3
          remainingItemCount? *int64 4
          shardInfo? *ShardInfo 5
        type ShardInfo
          selector! string 1
        type LabelSelector
          matchLabels? map:string 1
          matchExpressions? []LabelSelectorRequirement 2 list=atomic
        type LabelSelectorRequirement
          key! string 1
          operator! string 2 enum=DoesNotExist|Exists|In|NotIn
          values? []string 3 list=atomic
        type Condition
          type! string 1
          status! string 2 enum=False|True|Unknown
          observedGeneration? int64 3
          lastTransitionTime! time 4
          reason! string 5
          message! string 6
        type Status
          + TypeMeta -
          metadata? ListMeta 1
          status? string 2
          message? string 3
          reason? string 4 enum=|AlreadyExists|BadRequest|Conflict|Expired|Forbidden|Gone|InternalError|Invalid|MethodNotAllowed|NotAcceptable|NotFound|RequestEntityTooLarge|ServerTimeout|ServiceUnavailable|StorageReadError|Timeout|TooManyRequests|Unauthorized|UnsupportedMediaType
          details? *StatusDetails 5
          code? int32 6
        type TypeMeta
          kind? string 1
          apiVersion? string 2
        type StatusDetails
          name? string 1
          group? string 2
          kind? string 3
          uid? string 6
          causes? []StatusCause 4 list=atomic
          retryAfterSeconds? int32 5
        type StatusCause
          reason? string 1 enum=FieldManagerConflict|FieldValueDuplicate|FieldValueForbidden|FieldValueInvalid|FieldValueNotFound|FieldValueNotSupported|FieldValueRequired|FieldValueTooLong|FieldValueTooMany|FieldValueTypeInvalid|InternalError|ResourceVersionTooLarge|UnexpectedServerResponse
          message? string 2
          field? string 3
        type DeleteOptions
          + TypeMeta -
          gracePeriodSeconds? *int64 1
          preconditions? *Preconditions 2
          orphanDependents? *bool 3
          propagationPolicy? *string 4 enum=Background|Foreground|Orphan
          dryRun? []string 5 list=atomic
          ignoreStoreReadErrorWithClusterBreakingPotential? *bool 6
        type Preconditions
          uid? *string 1
          resourceVersion? *string 2
        type CreateOptions
          + TypeMeta -
          dryRun? []string 1 list=atomic
          fieldManager? string 3
          fieldValidation? string 4
        type UpdateOptions
          + TypeMeta -
          dryRun? []string 1 list=atomic
          fieldManager? string 2
          fieldValidation? string 3
        type PatchOptions
          + TypeMeta -
          dryRun? []string 1 list=atomic
          force? *bool 2
          fieldManager? string 3
          fieldValidation? string 4
        type APIVersions
          + TypeMeta -
          versions! []string 1 list=atomic
          serverAddressByClientCIDRs! []ServerAddressByClientCIDR 2 list=atomic
        type ServerAddressByClientCIDR
          clientCIDR! string 1
          serverAddress! string 2
        type APIGroupList
          + TypeMeta -
          groups! []APIGroup 1 list=atomic
        type APIGroup
          + TypeMeta -
          name! string 1
          versions! []GroupVersionForDiscovery 2 list=atomic
          preferredVersion? GroupVersionForDiscovery 3
          serverAddressByClientCIDRs? []ServerAddressByClientCIDR 4 list=atomic
        type GroupVersionForDiscovery
          groupVersion! string 1
          version! string 2
        type APIResourceList
          + TypeMeta -
          groupVersion! string 1
          resources! []APIResource 2 list=atomic
        type APIResource
          name! string 1
          singularName! string 6
          namespaced! bool 2
          group string 8
          version string 9
          kind! string 3
          verbs! wrapped[]string 4
          shortNames []string 5 list=atomic
          categories []string 7 list=atomic
          storageVersionHash? string 10
        type PartialObjectMetadata kind namespaced
          + TypeMeta -
          metadata? ObjectMeta 1
        """
}
