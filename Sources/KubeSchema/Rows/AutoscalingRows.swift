// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Horizontal pod autoscalers, in every version.
    static let autoscalingRows = """
        package autoscaling/v1 autoscaling/v1 k8s.io.api.autoscaling.v1
        type HorizontalPodAutoscaler kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec HorizontalPodAutoscalerSpec 2
          status? HorizontalPodAutoscalerStatus 3
        type HorizontalPodAutoscalerSpec
          scaleTargetRef! CrossVersionObjectReference 1
          minReplicas? *int32 2
          maxReplicas! int32 3
          targetCPUUtilizationPercentage? *int32 4
        type CrossVersionObjectReference
          kind! string 1
          name! string 2
          apiVersion? string 3
        type HorizontalPodAutoscalerStatus
          observedGeneration? *int64 1
          lastScaleTime? *time 2
          currentReplicas! int32 3
          desiredReplicas! int32 4
          currentCPUUtilizationPercentage? *int32 5
        type MetricSpec
          type! string 1 enum=ContainerResource|External|Object|Pods|Resource
          object? *ObjectMetricSource 2
          pods? *PodsMetricSource 3
          resource? *ResourceMetricSource 4
          containerResource? *ContainerResourceMetricSource 7
          external? *ExternalMetricSource 5
        type ObjectMetricSource
          target! CrossVersionObjectReference 1
          metricName! string 2
          targetValue! quantity 3
          selector? *meta/v1.LabelSelector 4
          averageValue? *quantity 5
        type PodsMetricSource
          metricName! string 1
          targetAverageValue! quantity 2
          selector? *meta/v1.LabelSelector 3
        type ResourceMetricSource
          name! string 1
          targetAverageUtilization? *int32 2
          targetAverageValue? *quantity 3
        type ContainerResourceMetricSource
          name! string 1
          targetAverageUtilization? *int32 2
          targetAverageValue? *quantity 3
          container! string 5
        type ExternalMetricSource
          metricName! string 1
          metricSelector? *meta/v1.LabelSelector 2
          targetValue? *quantity 3
          targetAverageValue? *quantity 4
        type MetricStatus
          type! string 1 enum=ContainerResource|External|Object|Pods|Resource
          object? *ObjectMetricStatus 2
          pods? *PodsMetricStatus 3
          resource? *ResourceMetricStatus 4
          containerResource? *ContainerResourceMetricStatus 7
          external? *ExternalMetricStatus 5
        type ObjectMetricStatus
          target! CrossVersionObjectReference 1
          metricName! string 2
          currentValue! quantity 3
          selector? *meta/v1.LabelSelector 4
          averageValue? *quantity 5
        type PodsMetricStatus
          metricName! string 1
          currentAverageValue! quantity 2
          selector? *meta/v1.LabelSelector 3
        type ResourceMetricStatus
          name! string 1
          currentAverageUtilization? *int32 2
          currentAverageValue! quantity 3
        type ContainerResourceMetricStatus
          name! string 1
          currentAverageUtilization? *int32 2
          currentAverageValue! quantity 3
          container! string 4
        type ExternalMetricStatus
          metricName! string 1
          metricSelector? *meta/v1.LabelSelector 2
          currentValue! quantity 3
          currentAverageValue? *quantity 4
        type HorizontalPodAutoscalerCondition
          type! string 1 enum=AbleToScale|ScaledToZero|ScalingActive|ScalingLimited
          status! string 2
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
        package autoscaling/v2 autoscaling/v2 k8s.io.api.autoscaling.v2
        type HorizontalPodAutoscaler kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec HorizontalPodAutoscalerSpec 2
          status? HorizontalPodAutoscalerStatus 3
        type HorizontalPodAutoscalerSpec
          scaleTargetRef! CrossVersionObjectReference 1
          minReplicas? *int32 2
          maxReplicas! int32 3
          metrics? []MetricSpec 4 list=atomic
          behavior? *HorizontalPodAutoscalerBehavior 5
        type CrossVersionObjectReference
          kind! string 1
          name! string 2
          apiVersion? string 3
        type MetricSpec
          type! string 1 enum=ContainerResource|External|Object|Pods|Resource
          object? *ObjectMetricSource 2
          pods? *PodsMetricSource 3
          resource? *ResourceMetricSource 4
          containerResource? *ContainerResourceMetricSource 7
          external? *ExternalMetricSource 5
        type ObjectMetricSource
          describedObject! CrossVersionObjectReference 1
          target! MetricTarget 2
          metric! MetricIdentifier 3
        type MetricTarget
          type! string 1 enum=AverageValue|Utilization|Value
          value? *quantity 2
          averageValue? *quantity 3
          averageUtilization? *int32 4
        type MetricIdentifier
          name! string 1
          selector? *meta/v1.LabelSelector 2
        type PodsMetricSource
          metric! MetricIdentifier 1
          target! MetricTarget 2
        type ResourceMetricSource
          name! string 1
          target! MetricTarget 2
        type ContainerResourceMetricSource
          name! string 1
          target! MetricTarget 2
          container! string 3
        type ExternalMetricSource
          metric! MetricIdentifier 1
          target! MetricTarget 2
        type HorizontalPodAutoscalerBehavior
          scaleUp? *HPAScalingRules 1
          scaleDown? *HPAScalingRules 2
        type HPAScalingRules
          stabilizationWindowSeconds? *int32 3
          selectPolicy? *string 1 enum=Disabled|Max|Min
          policies? *[]HPAScalingPolicy 2 list=atomic
          tolerance? *quantity 4
        type HPAScalingPolicy
          type! string 1 enum=Percent|Pods
          value! int32 2
          periodSeconds! int32 3
        type HorizontalPodAutoscalerStatus
          observedGeneration? *int64 1
          lastScaleTime? *time 2
          currentReplicas? int32 3
          desiredReplicas! int32 4
          currentMetrics!? []MetricStatus 5 list=atomic
          conditions? []HorizontalPodAutoscalerCondition 6 patch=merge key=type list=map keys=type
        type MetricStatus
          type! string 1 enum=ContainerResource|External|Object|Pods|Resource
          object? *ObjectMetricStatus 2
          pods? *PodsMetricStatus 3
          resource? *ResourceMetricStatus 4
          containerResource? *ContainerResourceMetricStatus 7
          external? *ExternalMetricStatus 5
        type ObjectMetricStatus
          metric! MetricIdentifier 1
          current! MetricValueStatus 2
          describedObject! CrossVersionObjectReference 3
        type MetricValueStatus
          value? *quantity 1
          averageValue? *quantity 2
          averageUtilization? *int32 3
        type PodsMetricStatus
          metric! MetricIdentifier 1
          current! MetricValueStatus 2
        type ResourceMetricStatus
          name! string 1
          current! MetricValueStatus 2
        type ContainerResourceMetricStatus
          name! string 1
          current! MetricValueStatus 2
          container! string 3
        type ExternalMetricStatus
          metric! MetricIdentifier 1
          current! MetricValueStatus 2
        type HorizontalPodAutoscalerCondition
          type! string 1 enum=AbleToScale|ScaledToZero|ScalingActive|ScalingLimited
          status! string 2
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
        package autoscaling/v2beta1 autoscaling/v2beta1 k8s.io.api.autoscaling.v2beta1
        type HorizontalPodAutoscaler kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? HorizontalPodAutoscalerSpec 2
          status? HorizontalPodAutoscalerStatus 3
        type HorizontalPodAutoscalerSpec
          scaleTargetRef! CrossVersionObjectReference 1
          minReplicas? *int32 2
          maxReplicas! int32 3
          metrics? []MetricSpec 4 list=atomic
        type CrossVersionObjectReference
          kind! string 1
          name! string 2
          apiVersion? string 3
        type MetricSpec
          type! string 1 enum=ContainerResource|External|Object|Pods|Resource
          object? *ObjectMetricSource 2
          pods? *PodsMetricSource 3
          resource? *ResourceMetricSource 4
          containerResource? *ContainerResourceMetricSource 7
          external? *ExternalMetricSource 5
        type ObjectMetricSource
          target! CrossVersionObjectReference 1
          metricName! string 2
          targetValue! quantity 3
          selector? *meta/v1.LabelSelector 4
          averageValue? *quantity 5
        type PodsMetricSource
          metricName! string 1
          targetAverageValue! quantity 2
          selector? *meta/v1.LabelSelector 3
        type ResourceMetricSource
          name! string 1
          targetAverageUtilization? *int32 2
          targetAverageValue? *quantity 3
        type ContainerResourceMetricSource
          name! string 1
          targetAverageUtilization? *int32 2
          targetAverageValue? *quantity 3
          container! string 4
        type ExternalMetricSource
          metricName! string 1
          metricSelector? *meta/v1.LabelSelector 2
          targetValue? *quantity 3
          targetAverageValue? *quantity 4
        type HorizontalPodAutoscalerStatus
          observedGeneration? *int64 1
          lastScaleTime? *time 2
          currentReplicas! int32 3
          desiredReplicas! int32 4
          currentMetrics!? []MetricStatus 5 list=atomic
          conditions!? []HorizontalPodAutoscalerCondition 6 list=atomic
        type MetricStatus
          type! string 1 enum=ContainerResource|External|Object|Pods|Resource
          object? *ObjectMetricStatus 2
          pods? *PodsMetricStatus 3
          resource? *ResourceMetricStatus 4
          containerResource? *ContainerResourceMetricStatus 7
          external? *ExternalMetricStatus 5
        type ObjectMetricStatus
          target! CrossVersionObjectReference 1
          metricName! string 2
          currentValue! quantity 3
          selector? *meta/v1.LabelSelector 4
          averageValue? *quantity 5
        type PodsMetricStatus
          metricName! string 1
          currentAverageValue! quantity 2
          selector? *meta/v1.LabelSelector 3
        type ResourceMetricStatus
          name! string 1
          currentAverageUtilization? *int32 2
          currentAverageValue! quantity 3
        type ContainerResourceMetricStatus
          name! string 1
          currentAverageUtilization? *int32 2
          currentAverageValue! quantity 3
          container! string 4
        type ExternalMetricStatus
          metricName! string 1
          metricSelector? *meta/v1.LabelSelector 2
          currentValue! quantity 3
          currentAverageValue? *quantity 4
        type HorizontalPodAutoscalerCondition
          type! string 1 enum=AbleToScale|ScalingActive|ScalingLimited
          status! string 2
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
        package autoscaling/v2beta2 autoscaling/v2beta2 k8s.io.api.autoscaling.v2beta2
        type HorizontalPodAutoscaler kind namespaced
          + meta/v1.TypeMeta -
          metadata? meta/v1.ObjectMeta 1
          spec? HorizontalPodAutoscalerSpec 2
          status? HorizontalPodAutoscalerStatus 3
        type HorizontalPodAutoscalerSpec
          scaleTargetRef! CrossVersionObjectReference 1
          minReplicas? *int32 2
          maxReplicas! int32 3
          metrics? []MetricSpec 4 list=atomic
          behavior? *HorizontalPodAutoscalerBehavior 5
        type CrossVersionObjectReference
          kind! string 1
          name! string 2
          apiVersion? string 3
        type MetricSpec
          type! string 1 enum=ContainerResource|External|Object|Pods|Resource
          object? *ObjectMetricSource 2
          pods? *PodsMetricSource 3
          resource? *ResourceMetricSource 4
          containerResource? *ContainerResourceMetricSource 7
          external? *ExternalMetricSource 5
        type ObjectMetricSource
          describedObject! CrossVersionObjectReference 1
          target! MetricTarget 2
          metric! MetricIdentifier 3
        type MetricTarget
          type! string 1 enum=AverageValue|Utilization|Value
          value? *quantity 2
          averageValue? *quantity 3
          averageUtilization? *int32 4
        type MetricIdentifier
          name! string 1
          selector? *meta/v1.LabelSelector 2
        type PodsMetricSource
          metric! MetricIdentifier 1
          target! MetricTarget 2
        type ResourceMetricSource
          name! string 1
          target! MetricTarget 2
        type ContainerResourceMetricSource
          name! string 1
          target! MetricTarget 2
          container! string 3
        type ExternalMetricSource
          metric! MetricIdentifier 1
          target! MetricTarget 2
        type HorizontalPodAutoscalerBehavior
          scaleUp? *HPAScalingRules 1
          scaleDown? *HPAScalingRules 2
        type HPAScalingRules
          stabilizationWindowSeconds? *int32 3
          selectPolicy? *string 1 enum=Disabled|Max|Min
          policies? *[]HPAScalingPolicy 2 list=atomic
        type HPAScalingPolicy
          type! string 1 enum=Percent|Pods
          value! int32 2
          periodSeconds! int32 3
        type HorizontalPodAutoscalerStatus
          observedGeneration? *int64 1
          lastScaleTime? *time 2
          currentReplicas! int32 3
          desiredReplicas! int32 4
          currentMetrics!? []MetricStatus 5 list=atomic
          conditions!? []HorizontalPodAutoscalerCondition 6 list=atomic
        type MetricStatus
          type! string 1 enum=ContainerResource|External|Object|Pods|Resource
          object? *ObjectMetricStatus 2
          pods? *PodsMetricStatus 3
          resource? *ResourceMetricStatus 4
          containerResource? *ContainerResourceMetricStatus 7
          external? *ExternalMetricStatus 5
        type ObjectMetricStatus
          metric! MetricIdentifier 1
          current! MetricValueStatus 2
          describedObject! CrossVersionObjectReference 3
        type MetricValueStatus
          value? *quantity 1
          averageValue? *quantity 2
          averageUtilization? *int32 3
        type PodsMetricStatus
          metric! MetricIdentifier 1
          current! MetricValueStatus 2
        type ResourceMetricStatus
          name! string 1
          current! MetricValueStatus 2
        type ContainerResourceMetricStatus
          name! string 1
          current! MetricValueStatus 2
          container! string 3
        type ExternalMetricStatus
          metric! MetricIdentifier 1
          current! MetricValueStatus 2
        type HorizontalPodAutoscalerCondition
          type! string 1 enum=AbleToScale|ScalingActive|ScalingLimited
          status! string 2
          lastTransitionTime? time 3
          reason? string 4
          message? string 5
        """
}
