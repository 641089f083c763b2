// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Pods and their templates.
    static let podRows = """
        package core/v1 v1 k8s.io.api.core.v1
        type Pod kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? PodSpec 2
          status? PodStatus 3
        type PodSpec
          volumes? []Volume 1 patch=merge,retainKeys key=name list=map keys=name
          initContainers []Container 20 patch=merge key=name list=map keys=name
          containers! []Container 2 patch=merge key=name list=map keys=name
          ephemeralContainers? []EphemeralContainer 34 patch=merge key=name list=map keys=name
          restartPolicy? string 3 enum=Always|Never|OnFailure
          terminationGracePeriodSeconds? *int64 4
          activeDeadlineSeconds? *int64 5
          dnsPolicy? string 6 enum=ClusterFirst|ClusterFirstWithHostNet|Default|None
          nodeSelector? map:string 7 map=atomic
          serviceAccountName? string 8
          serviceAccount? string 9
          automountServiceAccountToken? *bool 21
          nodeName? string 10
          hostNetwork? bool 11
          hostPID? bool 12
          hostIPC? bool 13
          shareProcessNamespace? *bool 27
          securityContext? *PodSecurityContext 14
          imagePullSecrets? []LocalObjectReference 15 patch=merge key=name list=map keys=name
          hostname? string 16
          subdomain? string 17
          affinity? *Affinity 18
          schedulerName? string 19
          tolerations? []Toleration 22 list=atomic
          hostAliases? []HostAlias 23 patch=merge key=ip list=map keys=ip
          priorityClassName? string 24
          priority? *int32 25
          dnsConfig? *PodDNSConfig 26
          readinessGates? []PodReadinessGate 28 list=atomic
          runtimeClassName? *string 29
          enableServiceLinks? *bool 30
          preemptionPolicy? *string 31 enum=Never|PreemptLowerPriority
          overhead? map:quantity 32
          topologySpreadConstraints? []TopologySpreadConstraint 33 patch=merge key=topologyKey list=map keys=topologyKey,whenUnsatisfiable
          setHostnameAsFQDN? *bool 35
          os? *PodOS 36
          hostUsers? *bool 37
          schedulingGates? []PodSchedulingGate 38 patch=merge key=name list=map keys=name
          resourceClaims? []PodResourceClaim 39 patch=merge,retainKeys key=name list=map keys=name
          resources? *ResourceRequirements 40
          hostnameOverride? *string 41
          schedulingGroup? *PodSchedulingGroup 43
        type Volume
          name! string 1
          + VolumeSource 2
        type PodSecurityContext
          seLinuxOptions? *SELinuxOptions 1
          windowsOptions? *WindowsSecurityContextOptions 8
          runAsUser? *int64 2
          runAsGroup? *int64 6
          runAsNonRoot? *bool 3
          supplementalGroups? []int64 4 list=atomic
          supplementalGroupsPolicy? *string 12 enum=Merge|Strict
          fsGroup? *int64 5
          sysctls? []Sysctl 7 list=atomic
          fsGroupChangePolicy? *string 9 enum=Always|OnRootMismatch
          seccompProfile? *SeccompProfile 10
          appArmorProfile? *AppArmorProfile 11
          seLinuxChangePolicy? *string 13 enum=MountOption|Recursive
        type Sysctl
          name! string 1
          value! string 2
        type Affinity
          nodeAffinity? *NodeAffinity 1
          podAffinity? *PodAffinity 2
          podAntiAffinity? *PodAntiAffinity 3
        type NodeAffinity
          requiredDuringSchedulingIgnoredDuringExecution? *NodeSelector 1
          preferredDuringSchedulingIgnoredDuringExecution? []PreferredSchedulingTerm 2 list=atomic
        type NodeSelector
          nodeSelectorTerms! []NodeSelectorTerm 1 list=atomic
        type NodeSelectorTerm
          matchExpressions? []NodeSelectorRequirement 1 list=atomic
          matchFields? []NodeSelectorRequirement 2 list=atomic
        type NodeSelectorRequirement
          key! string 1
          operator! string 2 enum=DoesNotExist|Exists|Gt|In|Lt|NotIn
          values? []string 3 list=atomic
        type PreferredSchedulingTerm
          weight! int32 1
          preference! NodeSelectorTerm 2
        type PodAffinity
          requiredDuringSchedulingIgnoredDuringExecution? []PodAffinityTerm 1 list=atomic
          preferredDuringSchedulingIgnoredDuringExecution? []WeightedPodAffinityTerm 2 list=atomic
        type PodAffinityTerm
          labelSelector? *meta/v1.LabelSelector 1
          namespaces? []string 2 list=atomic
          topologyKey! string 3
          namespaceSelector? *meta/v1.LabelSelector 4
          matchLabelKeys? []string 5 list=atomic
          mismatchLabelKeys? []string 6 list=atomic
        type WeightedPodAffinityTerm
          weight! int32 1
          podAffinityTerm! PodAffinityTerm 2
        type PodAntiAffinity
          requiredDuringSchedulingIgnoredDuringExecution? []PodAffinityTerm 1 list=atomic
          preferredDuringSchedulingIgnoredDuringExecution? []WeightedPodAffinityTerm 2 list=atomic
        type Toleration
          key? string 1
          operator? string 2 enum=Equal|Exists|Gt|Lt
          value? string 3
          effect? string 4 enum=NoExecute|NoSchedule|PreferNoSchedule
          tolerationSeconds? *int64 5
        type HostAlias
          ip! string 1
          hostnames []string 2 list=atomic
        type PodDNSConfig
          nameservers? []string 1 list=atomic
          searches? []string 2 list=atomic
          options? []PodDNSConfigOption 3 list=atomic
        type PodDNSConfigOption
          name string 1
          value? *string 2
        type PodReadinessGate
          conditionType! string 1 enum=AllContainersRestarting|ContainersReady|DisruptionTarget|Initialized|PodReadyToStartContainers|PodResizeInProgress|PodResizePending|PodScheduled|Ready
        type TopologySpreadConstraint
          maxSkew! int32 1
          topologyKey! string 2
          whenUnsatisfiable! string 3 enum=DoNotSchedule|ScheduleAnyway
          labelSelector? *meta/v1.LabelSelector 4
          minDomains? *int32 5
          nodeAffinityPolicy? *string 6 enum=Honor|Ignore
          nodeTaintsPolicy? *string 7 enum=Honor|Ignore
          matchLabelKeys? []string 8 list=atomic
        type PodOS
          name! string 1 enum=linux|windows
        type PodSchedulingGate
          name! string 1
        type PodResourceClaim
          name! string 1
          resourceClaimName *string 3
          resourceClaimTemplateName *string 4
        type PodSchedulingGroup
          podGroupName? *string 1
        type PodStatus
          observedGeneration? int64 17
          phase? string 1 enum=Failed|Pending|Running|Succeeded|Unknown
          conditions? []PodCondition 2 patch=merge key=type list=map keys=type
          message? string 3
          reason? string 4
          nominatedNodeName? string 11
          hostIP? string 5
          hostIPs? []HostIP 16 patch=merge key=ip list=atomic
          podIP? string 6
          podIPs? []PodIP 12 patch=merge key=ip list=map keys=ip
          startTime? *time 7
          initContainerStatuses []ContainerStatus 10 list=atomic
          containerStatuses? []ContainerStatus 8 list=atomic
          qosClass? string 9 enum=BestEffort|Burstable|Guaranteed
          ephemeralContainerStatuses? []ContainerStatus 13 list=atomic
          resize? string 14 enum=Deferred|InProgress|Infeasible
          resourceClaimStatuses? []PodResourceClaimStatus 15 patch=merge,retainKeys key=name list=map keys=name
          extendedResourceClaimStatus? *PodExtendedResourceClaimStatus 18
          allocatedResources? map:quantity 19
          resources? *ResourceRequirements 20
          nodeAllocatableResourceClaimStatuses? []NodeAllocatableResourceClaimStatus 21 list=atomic
        type PodCondition
          type! string 1 enum=AllContainersRestarting|ContainersReady|DisruptionTarget|Initialized|PodReadyToStartContainers|PodResizeInProgress|PodResizePending|PodScheduled|Ready
          observedGeneration? int64 7
          status! string 2 enum=False|True|Unknown
          lastProbeTime? time 3
          lastTransitionTime? time 4
          reason? string 5
          message? string 6
        type HostIP
          ip! string 1
        type PodIP
          ip! string 1
        type ContainerStatus
          name! string 1
          state? ContainerState 2
          lastState? ContainerState 3
          ready! bool 4
          restartCount! int32 5
          image! string 6
          imageID! string 7
          containerID? string 8
          started? *bool 9
          allocatedResources? map:quantity 10
          resources? *ResourceRequirements 11
          volumeMounts? []VolumeMountStatus 12 patch=merge key=mountPath list=map keys=mountPath
          user? *ContainerUser 13
          allocatedResourcesStatus? []ResourceStatus 14 patch=merge key=name list=map keys=name
          stopSignal? *string 15 enum=SIGABRT|SIGALRM|SIGBUS|SIGCHLD|SIGCLD|SIGCONT|SIGFPE|SIGHUP|SIGILL|SIGINT|SIGIO|SIGIOT|SIGKILL|SIGPIPE|SIGPOLL|SIGPROF|SIGPWR|SIGQUIT|SIGRTMAX|SIGRTMAX-1|SIGRTMAX-10|SIGRTMAX-11|SIGRTMAX-12|SIGRTMAX-13|SIGRTMAX-14|SIGRTMAX-2|SIGRTMAX-3|SIGRTMAX-4|SIGRTMAX-5|SIGRTMAX-6|SIGRTMAX-7|SIGRTMAX-8|SIGRTMAX-9|SIGRTMIN|SIGRTMIN+1|SIGRTMIN+10|SIGRTMIN+11|SIGRTMIN+12|SIGRTMIN+13|SIGRTMIN+14|SIGRTMIN+15|SIGRTMIN+2|SIGRTMIN+3|SIGRTMIN+4|SIGRTMIN+5|SIGRTMIN+6|SIGRTMIN+7|SIGRTMIN+8|SIGRTMIN+9|SIGSEGV|SIGSTKFLT|SIGSTOP|SIGSYS|SIGTERM|SIGTRAP|SIGTSTP|SIGTTIN|SIGTTOU|SIGURG|SIGUSR1|SIGUSR2|SIGVTALRM|SIGWINCH|SIGXCPU|SIGXFSZ
        type ContainerState
          waiting? *ContainerStateWaiting 1
          running? *ContainerStateRunning 2
          terminated? *ContainerStateTerminated 3
        type ContainerStateWaiting
          reason? string 1
          message? string 2
        type ContainerStateRunning
          startedAt? time 1
        type ContainerStateTerminated
          exitCode! int32 1
          signal? int32 2
          reason? string 3
          message? string 4
          startedAt? time 5
          finishedAt? time 6
          containerID? string 7
        type VolumeMountStatus
          name! string 1
          mountPath! string 2
          readOnly? bool 3
          recursiveReadOnly? *string 4 enum=Disabled|Enabled|IfPossible
          volumeStatus? *VolumeStatus 5
        type VolumeStatus
          image? *ImageVolumeStatus 1
        type ImageVolumeStatus
          imageRef string 1
        type ContainerUser
          linux? *LinuxContainerUser 1
        type LinuxContainerUser
          uid! int64 1
          gid! int64 2
          supplementalGroups? []int64 3 list=atomic
        type ResourceStatus
          name! string 1 enum=configmaps|cpu|ephemeral-storage|limits.cpu|limits.ephemeral-storage|limits.memory|memory|persistentvolumeclaims|pods|replicationcontrollers|requests.cpu|requests.ephemeral-storage|requests.memory|requests.storage|resourcequotas|secrets|services|services.loadbalancers|services.nodeports|storage
          resources []ResourceHealth 2 list=map keys=resourceID
        type ResourceHealth
          resourceID! string 1
          health string 2 enum=Healthy|Unhealthy|Unknown
          message? *string 6
        type PodResourceClaimStatus
          name! string 1
          resourceClaimName? *string 2
        type PodExtendedResourceClaimStatus
          requestMappings! []ContainerExtendedResourceRequest 1 list=atomic
          resourceClaimName! string 2
        type ContainerExtendedResourceRequest
          containerName! string 1
          resourceName! string 2
          requestName! string 3
        type NodeAllocatableResourceClaimStatus
          resourceClaimName! string 1
          containers? []string 2 list=set
          resources! map:quantity 3
        type PodTemplate kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          template? PodTemplateSpec 2
        type PodTemplateSpec
          metadata? meta/v1.ObjectMeta 1
          spec? PodSpec 2
        type Binding kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          target! ObjectReference 2
        type ObjectReference
          kind? string 1
          namespace? string 2
          name? string 3
          uid? string 4
          apiVersion? string 5
          resourceVersion? string 6
          fieldPath? string 7
        """
}
