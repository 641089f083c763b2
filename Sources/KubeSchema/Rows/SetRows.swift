// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Stateful sets and daemon sets, and their revisions.
    static let setRows = """
        package apps/v1 apps/v1 k8s.io.api.apps.v1
        type StatefulSet kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? StatefulSetSpec 2
          status? StatefulSetStatus 3
        type StatefulSetSpec
          replicas? *int32 1
          selector! *meta/v1.LabelSelector 2
          template! core/v1.PodTemplateSpec 3
          volumeClaimTemplates? []core/v1.PersistentVolumeClaim 4 list=atomic
          serviceName!? string 5
          podManagementPolicy? string 6 enum=OrderedReady|Parallel
          updateStrategy StatefulSetUpdateStrategy 7
          revisionHistoryLimit *int32 8
          minReadySeconds? int32 9
          persistentVolumeClaimRetentionPolicy? *StatefulSetPersistentVolumeClaimRetentionPolicy 10
          ordinals? *StatefulSetOrdinals 11
        type StatefulSetUpdateStrategy
          type? string 1 enum=OnDelete|RollingUpdate
          rollingUpdate? *RollingUpdateStatefulSetStrategy 2
        type RollingUpdateStatefulSetStrategy
          partition? *int32 1
          maxUnavailable? *intOrString 2
        type StatefulSetPersistentVolumeClaimRetentionPolicy
          whenDeleted string 1 enum=Delete|Retain
          whenScaled string 2 enum=Delete|Retain
        type StatefulSetOrdinals
          start!? int32 1
        type StatefulSetStatus
          observedGeneration? int64 1
          replicas! int32 2
          readyReplicas int32 3
          currentReplicas int32 4
          updatedReplicas int32 5
          currentRevision string 6
          updateRevision string 7
          collisionCount? *int32 9
          conditions? []StatefulSetCondition 10 patch=merge key=type list=map keys=type
          availableReplicas!? int32 11
        type StatefulSetCondition
          type! string 1
          status! string 2
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
        type DaemonSet kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? DaemonSetSpec 2
          status? DaemonSetStatus 3
        type DaemonSetSpec
          selector! *meta/v1.LabelSelector 1
          template! core/v1.PodTemplateSpec 2
          updateStrategy? DaemonSetUpdateStrategy 3
          minReadySeconds? int32 4
          revisionHistoryLimit? *int32 6
        type DaemonSetUpdateStrategy
          type? string 1 enum=OnDelete|RollingUpdate
          rollingUpdate? *RollingUpdateDaemonSet 2
        type RollingUpdateDaemonSet
          maxUnavailable? *intOrString 1
          maxSurge? *intOrString 2
        type DaemonSetStatus
          currentNumberScheduled! int32 1
          numberMisscheduled! int32 2
          desiredNumberScheduled! int32 3
          numberReady! int32 4
          observedGeneration? int64 5
          updatedNumberScheduled? int32 6
          numberAvailable? int32 7
          numberUnavailable? int32 8
          collisionCount? *int32 9
          conditions? []DaemonSetCondition 10 patch=merge key=type list=map keys=type
        type DaemonSetCondition
          type! string 1
          status! string 2
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
        type ControllerRevision kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          data rawExtension 2
          revision! int64 3
        package apps/v1beta2 apps/v1beta2 k8s.io.api.apps.v1beta2
        type StatefulSet kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? StatefulSetSpec 2
          status? StatefulSetStatus 3
        type StatefulSetSpec
          replicas? *int32 1
          selector! *meta/v1.LabelSelector 2
          template! core/v1.PodTemplateSpec 3
          volumeClaimTemplates? []core/v1.PersistentVolumeClaim 4 list=atomic
          serviceName!? string 5
          podManagementPolicy? string 6 enum=OrderedReady|Parallel
          updateStrategy StatefulSetUpdateStrategy 7
          revisionHistoryLimit *int32 8
          minReadySeconds? int32 9
          persistentVolumeClaimRetentionPolicy? *StatefulSetPersistentVolumeClaimRetentionPolicy 10
          ordinals? *StatefulSetOrdinals 11
        type StatefulSetUpdateStrategy
          type? string 1 enum=OnDelete|RollingUpdate
          rollingUpdate? *RollingUpdateStatefulSetStrategy 2
        type RollingUpdateStatefulSetStrategy
          partition? *int32 1
          maxUnavailable? *intOrString 2
        type StatefulSetPersistentVolumeClaimRetentionPolicy
          whenDeleted string 1 enum=Delete|Retain
          whenScaled string 2 enum=Delete|Retain
        type StatefulSetOrdinals
          start!? int32 1
        type StatefulSetStatus
          observedGeneration? int64 1
          replicas! int32 2
          readyReplicas int32 3
          currentReplicas int32 4
          updatedReplicas int32 5
          currentRevision string 6
          updateRevision string 7
          collisionCount? *int32 9
          conditions? []StatefulSetCondition 10 patch=merge key=type list=map keys=type
          availableReplicas!? int32 11
        type StatefulSetCondition
          type! string 1
          status! string 2
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
        type DaemonSet kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? DaemonSetSpec 2
          status? DaemonSetStatus 3
        type DaemonSetSpec
          selector! *meta/v1.LabelSelector 1
          template! core/v1.PodTemplateSpec 2
          updateStrategy? DaemonSetUpdateStrategy 3
          minReadySeconds? int32 4
          revisionHistoryLimit? *int32 6
        type DaemonSetUpdateStrategy
          type? string 1 enum=OnDelete|RollingUpdate
          rollingUpdate? *RollingUpdateDaemonSet 2
        type RollingUpdateDaemonSet
          maxUnavailable? *intOrString 1
          maxSurge? *intOrString 2
        type DaemonSetStatus
          currentNumberScheduled! int32 1
          numberMisscheduled! int32 2
          desiredNumberScheduled! int32 3
          numberReady! int32 4
          observedGeneration? int64 5
          updatedNumberScheduled? int32 6
          numberAvailable? int32 7
          numberUnavailable? int32 8
          collisionCount? *int32 9
          conditions? []DaemonSetCondition 10 patch=merge key=type list=map keys=type
        type DaemonSetCondition
          type! string 1
          status! string 2
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
        type ControllerRevision kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          data rawExtension 2
          revision! int64 3
        package apps/v1beta1 apps/v1beta1 k8s.io.api.apps.v1beta1
        type StatefulSet kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? StatefulSetSpec 2
          status? StatefulSetStatus 3
        type StatefulSetSpec
          replicas? *int32 1
          selector? *meta/v1.LabelSelector 2
          template! core/v1.PodTemplateSpec 3
          volumeClaimTemplates? []core/v1.PersistentVolumeClaim 4 list=atomic
          serviceName!? string 5
          podManagementPolicy? string 6 enum=OrderedReady|Parallel
          updateStrategy StatefulSetUpdateStrategy 7
          revisionHistoryLimit *int32 8
          minReadySeconds? int32 9
          persistentVolumeClaimRetentionPolicy? *StatefulSetPersistentVolumeClaimRetentionPolicy 10
          ordinals? *StatefulSetOrdinals 11
        type StatefulSetUpdateStrategy
          type string 1 enum=OnDelete|RollingUpdate
          rollingUpdate *RollingUpdateStatefulSetStrategy 2
        type RollingUpdateStatefulSetStrategy
          partition *int32 1
          maxUnavailable? *intOrString 2
        type StatefulSetPersistentVolumeClaimRetentionPolicy
          whenDeleted string 1 enum=Delete|Retain
          whenScaled string 2 enum=Delete|Retain
        type StatefulSetOrdinals
          start!? int32 1
        type StatefulSetStatus
          observedGeneration? *int64 1
          replicas! int32 2
          readyReplicas int32 3
          currentReplicas int32 4
          updatedReplicas int32 5
          currentRevision string 6
          updateRevision string 7
          collisionCount? *int32 9
          conditions? []StatefulSetCondition 10 patch=merge key=type list=map keys=type
          availableReplicas!? int32 11
        type StatefulSetCondition
          type! string 1
          status! string 2
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
        type ControllerRevision kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          data rawExtension 2
          revision! int64 3
        package extensions/v1beta1 extensions/v1beta1 k8s.io.api.extensions.v1beta1
        type DaemonSet kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? DaemonSetSpec 2
          status? DaemonSetStatus 3
        type DaemonSetSpec
          selector? *meta/v1.LabelSelector 1
          template! core/v1.PodTemplateSpec 2
          updateStrategy? DaemonSetUpdateStrategy 3
          minReadySeconds? int32 4
          templateGeneration? int64 5
          revisionHistoryLimit? *int32 6
        type DaemonSetUpdateStrategy
          type? string 1 enum=OnDelete|RollingUpdate
          rollingUpdate? *RollingUpdateDaemonSet 2
        type RollingUpdateDaemonSet
          maxUnavailable? *intOrString 1
          maxSurge? *intOrString 2
        type DaemonSetStatus
          currentNumberScheduled! int32 1
          numberMisscheduled! int32 2
          desiredNumberScheduled! int32 3
          numberReady! int32 4
          observedGeneration? int64 5
          updatedNumberScheduled? int32 6
          numberAvailable? int32 7
          numberUnavailable? int32 8
          collisionCount? *int32 9
          conditions? []DaemonSetCondition 10 patch=merge key=type list=map keys=type
        type DaemonSetCondition
          type! string 1
          status! string 2
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
        """
}
