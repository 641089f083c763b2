// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Deployments as they were before apps/v1.
    static let oldWorkloadRows = """
        package apps/v1beta2 apps/v1beta2 k8s.io.api.apps.v1beta2
        type Deployment kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? DeploymentSpec 2
          status? DeploymentStatus 3
        type DeploymentSpec
          replicas? *int32 1
          selector! *meta/v1.LabelSelector 2
          template! core/v1.PodTemplateSpec 3
          strategy? DeploymentStrategy 4 patch=retainKeys
          minReadySeconds? int32 5
          revisionHistoryLimit? *int32 6
          paused? bool 7
          progressDeadlineSeconds *int32 9
        type DeploymentStrategy
          type? string 1 enum=Recreate|RollingUpdate
          rollingUpdate? *RollingUpdateDeployment 2
        type RollingUpdateDeployment
          maxUnavailable? *intOrString 1
          maxSurge? *intOrString 2
        type DeploymentStatus
          observedGeneration? int64 1
          replicas? int32 2
          updatedReplicas? int32 3
          readyReplicas? int32 7
          availableReplicas? int32 4
          unavailableReplicas? int32 5
          terminatingReplicas? *int32 9
          conditions []DeploymentCondition 6 patch=merge key=type list=map keys=type
          collisionCount? *int32 8
        type DeploymentCondition
          type! string 1 enum=Available|Progressing|ReplicaFailure
          status! string 2
          lastUpdateTime time 6
          lastTransitionTime time 7
          reason string 4
          message string 5
        type ReplicaSet kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? ReplicaSetSpec 2
          status? ReplicaSetStatus 3
        type ReplicaSetSpec
          replicas? *int32 1
          minReadySeconds? int32 4
          selector! *meta/v1.LabelSelector 2
          template? core/v1.PodTemplateSpec 3
        type ReplicaSetStatus
          replicas! int32 1
          fullyLabeledReplicas? int32 2
          readyReplicas? int32 4
          availableReplicas? int32 5
          terminatingReplicas? *int32 7
          observedGeneration? int64 3
          conditions? []ReplicaSetCondition 6 patch=merge key=type list=map keys=type
        type ReplicaSetCondition
          type! string 1 enum=ReplicaFailure
          status! string 2
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
        type Scale kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? ScaleSpec 2
          status? ScaleStatus 3
        type ScaleSpec
          replicas? int32 1 default=0
        type ScaleStatus
          replicas! int32 1
          selector? map:string 2 map=atomic
          targetSelector? string 3
        package apps/v1beta1 apps/v1beta1 k8s.io.api.apps.v1beta1
        type Deployment kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? DeploymentSpec 2
          status? DeploymentStatus 3
        type DeploymentSpec
          replicas? *int32 1
          selector? *meta/v1.LabelSelector 2
          template! core/v1.PodTemplateSpec 3
          strategy? DeploymentStrategy 4 patch=retainKeys
          minReadySeconds? int32 5
          revisionHistoryLimit? *int32 6
          paused? bool 7
          rollbackTo? *RollbackConfig 8
          progressDeadlineSeconds? *int32 9
        type DeploymentStrategy
          type? string 1 enum=Recreate|RollingUpdate
          rollingUpdate? *RollingUpdateDeployment 2
        type RollingUpdateDeployment
          maxUnavailable? *intOrString 1
          maxSurge? *intOrString 2
        type RollbackConfig
          revision? int64 1
        type DeploymentStatus
          observedGeneration? int64 1
          replicas? int32 2
          updatedReplicas? int32 3
          readyReplicas? int32 7
          availableReplicas? int32 4
          unavailableReplicas? int32 5
          terminatingReplicas? *int32 9
          conditions []DeploymentCondition 6 patch=merge key=type list=map keys=type
          collisionCount? *int32 8
        type DeploymentCondition
          type! string 1 enum=Available|Progressing|ReplicaFailure
          status! string 2
          lastUpdateTime time 6
          lastTransitionTime time 7
          reason string 4
          message string 5
        type Scale kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? ScaleSpec 2
          status? ScaleStatus 3
        type ScaleSpec
          replicas? int32 1 default=0
        type ScaleStatus
          replicas! int32 1
          selector? map:string 2
          targetSelector? string 3
        """
}
