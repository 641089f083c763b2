// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// The other kinds of the core group.
    static let coreRows = """
        package core/v1 v1 k8s.io.api.core.v1
        type Service kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? ServiceSpec 2
          status? ServiceStatus 3
        type ServiceSpec
          ports []ServicePort 1 patch=merge key=port list=map keys=port,protocol
          selector? map:string 2 map=atomic
          clusterIP? string 3
          clusterIPs? []string 18 list=atomic
          type? string 4 enum=ClusterIP|ExternalName|LoadBalancer|NodePort
          externalIPs? []string 5 list=atomic
          sessionAffinity? string 7 enum=ClientIP|None
          loadBalancerIP? string 8
          loadBalancerSourceRanges? []string 9 list=atomic
          externalName? string 10
          externalTrafficPolicy? string 11 enum=Cluster|Local
          healthCheckNodePort? int32 12
          publishNotReadyAddresses? bool 13
          sessionAffinityConfig? *SessionAffinityConfig 14
          ipFamilies? []string 19 list=atomic enum=|IPv4|IPv6
          ipFamilyPolicy? *string 17 enum=PreferDualStack|RequireDualStack|SingleStack
          allocateLoadBalancerNodePorts? *bool 20
          loadBalancerClass? *string 21
          internalTrafficPolicy? *string 22 enum=Cluster|Local
          trafficDistribution? *string 23
        type ServicePort
          name? string 1
          protocol? string 2 default="TCP" enum=SCTP|TCP|UDP
          appProtocol? *string 6
          port! int32 3
          targetPort? intOrString 4
          nodePort? int32 5
        type SessionAffinityConfig
          clientIP? *ClientIPConfig 1
        type ClientIPConfig
          timeoutSeconds? *int32 1
        type ServiceStatus
          loadBalancer? LoadBalancerStatus 1
          conditions? []meta/v1.Condition 2 patch=merge key=type list=map keys=type
        type LoadBalancerStatus
          ingress? []LoadBalancerIngress 1 list=atomic
        type LoadBalancerIngress
          ip? string 1
          hostname? string 2
          ipMode? *string 3 enum=Proxy|VIP
          ports? []PortStatus 4 list=atomic
        type PortStatus
          port! int32 1
          protocol! string 2 enum=SCTP|TCP|UDP
          error? *string 3
        type Endpoints kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          subsets? []EndpointSubset 2 list=atomic
        type EndpointSubset
          addresses? []EndpointAddress 1 list=atomic
          notReadyAddresses? []EndpointAddress 2 list=atomic
          ports? []EndpointPort 3 list=atomic
        type EndpointAddress
          ip! string 1
          hostname? string 3
          nodeName? *string 4
          targetRef? *ObjectReference 2
        type EndpointPort
          name? string 1
          port! int32 2
          protocol? string 3 enum=SCTP|TCP|UDP
          appProtocol? *string 4
        type ConfigMap kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          immutable? *bool 4
          data? map:string 2
          binaryData? map:bytes 3
        type Event kind namespaced
          + meta/v1.TypeMeta -
          metadata! meta/v1.ObjectMeta 1
          involvedObject! ObjectReference 2
          reason? string 3
          message? string 4
          source? EventSource 5
          firstTimestamp? time 6
          lastTimestamp? time 7
          count? int32 8
          type? string 9
          eventTime? microTime 10
          series? *EventSeries 11
          action? string 12
          related? *ObjectReference 13
          reportingComponent!? string 14
          reportingInstance!? string 15
        type EventSource
          component? string 1
          host? string 2
        type EventSeries
          count int32 1
          lastObservedTime microTime 2
        package events/v1 events.k8s.io/v1 k8s.io.api.events.v1
        type Event kind namespaced
          + meta/v1.TypeMeta -
          metadata!? meta/v1.ObjectMeta 1
          eventTime! microTime 2
          series? *EventSeries 3
          reportingController string 4
          reportingInstance string 5
          action string 6
          reason string 7
          regarding? core/v1.ObjectReference 8
          related? *core/v1.ObjectReference 9
          note? string 10
          type string 11
          deprecatedSource? core/v1.EventSource 12
          deprecatedFirstTimestamp? time 13
          deprecatedLastTimestamp? time 14
          deprecatedCount? int32 15
        type EventSeries
          count! int32 1
          lastObservedTime! microTime 2
        """
}
