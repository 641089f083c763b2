// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Nodes and namespaces.
    static let nodeRows = """
        package core/v1 v1 k8s.io.api.core.v1
        type Node kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? NodeSpec 2
          status? NodeStatus 3
        type NodeSpec
          podCIDR? string 1
          podCIDRs? []string 7 patch=merge list=set
          providerID? string 3
          unschedulable? bool 4
          taints? []Taint 5 list=atomic
          configSource? *NodeConfigSource 6
          externalID? string 2
        type Taint
          key! string 1
          value? string 2
          effect! string 3 enum=NoExecute|NoSchedule|PreferNoSchedule
          timeAdded? *time 4
        type NodeConfigSource
          configMap *ConfigMapNodeConfigSource 2
        type ConfigMapNodeConfigSource
          namespace! string 1
          name! string 2
          uid? string 3
          resourceVersion? string 4
          kubeletConfigKey! string 5
        type NodeStatus
          capacity? map:quantity 1
          allocatable? map:quantity 2
          phase? string 3 enum=Pending|Running|Terminated
          conditions? []NodeCondition 4 patch=merge key=type list=map keys=type
          addresses? []NodeAddress 5 patch=merge key=type list=map keys=type
          daemonEndpoints? NodeDaemonEndpoints 6
          nodeInfo? NodeSystemInfo 7
          images? []ContainerImage 8 list=atomic
          volumesInUse? []string 9 list=atomic
          volumesAttached? []AttachedVolume 10 list=atomic
          config? *NodeConfigStatus 11
          runtimeHandlers? []NodeRuntimeHandler 12 list=atomic
          features? *NodeFeatures 13
          declaredFeatures? []string 14 list=atomic
        type NodeCondition
          type! string 1 enum=DiskPressure|MemoryPressure|NetworkUnavailable|PIDPressure|Ready
          status! string 2 enum=False|True|Unknown
          lastHeartbeatTime? time 3
          lastTransitionTime? time 4
          reason? string 5
          message? string 6
        type NodeAddress
          type! string 1 enum=ExternalDNS|ExternalIP|Hostname|InternalDNS|InternalIP
          address! string 2
        type NodeDaemonEndpoints
          kubeletEndpoint? DaemonEndpoint 1
        type DaemonEndpoint
          Port! int32 1
        type NodeSystemInfo
          machineID! string 1
          systemUUID! string 2
          bootID! string 3
          kernelVersion! string 4
          osImage! string 5
          containerRuntimeVersion! string 6
          kubeletVersion! string 7
          kubeProxyVersion! string 8
          operatingSystem! string 9
          architecture! string 10
          swap *NodeSwapStatus 11
        type NodeSwapStatus
          capacity? *int64 1
        type ContainerImage
          names!? []string 1 list=atomic
          sizeBytes? int64 2
        type AttachedVolume
          name! string 1
          devicePath! string 2
        type NodeConfigStatus
          assigned? *NodeConfigSource 1
          active? *NodeConfigSource 2
          lastKnownGood? *NodeConfigSource 3
          error? string 4
        type NodeRuntimeHandler
          name!? string 1
          features? *NodeRuntimeHandlerFeatures 2
        type NodeRuntimeHandlerFeatures
          recursiveReadOnlyMounts? *bool 1
          userNamespaces? *bool 2
        type NodeFeatures
          supplementalGroupsPolicy? *bool 1
        type Namespace kind cluster
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? NamespaceSpec 2
          status? NamespaceStatus 3
        type NamespaceSpec
          finalizers? []string 1 list=atomic enum=kubernetes
        type NamespaceStatus
          phase? string 1 enum=Active|Terminating
          conditions? []NamespaceCondition 2 patch=merge key=type list=map keys=type
        type NamespaceCondition
          type! string 1 enum=NamespaceContentRemaining|NamespaceDeletionContentFailure|NamespaceDeletionDiscoveryFailure|NamespaceDeletionGroupVersionParsingFailure|NamespaceFinalizersRemaining
          status! string 2 enum=False|True|Unknown
          lastTransitionTime? time 4
          reason? string 5
          message? string 6
        """
}
