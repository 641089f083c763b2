// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// What `kubectl explain` says of types and fields: of every kind's envelope, and of the autoscaler in all its versions.
///
/// A line is `Type: text` or `Type.field: text`; `*` stands for any type. The versions of a group share their lines; where one means
/// something else by a name, its own line goes first.
struct FieldDescriptions {
    private let texts: [String: [Substring: String]]

    static let builtIn = FieldDescriptions(["": envelope, "autoscaling": autoscaling, "autoscaling/v2beta1": autoscalingV2beta1])

    /// - Parameter texts: By group and version, or by group; those of the empty name are for every group.
    private init(_ texts: [String: String]) {
        self.texts = texts.mapValues { text in
            var lines: [Substring: String] = [:]
            for line in text.split(separator: "\n") {
                guard let colon = line.firstIndex(of: ":") else { continue }
                lines[line[..<colon]] = String(line[line.index(after: colon)...].drop { $0 == " " })
            }
            return lines
        }
    }

    func text(of type: SchemaType) -> String? { text(type.shortName[...], in: type) }

    func text(of field: SchemaField, in type: SchemaType) -> String? {
        text("\(type.shortName).\(field.name)", in: type) ?? text("*.\(field.name)", in: type)
    }

    /// Of the fields that every object has.
    func envelopeText(of field: String) -> String? { texts[""]?["*.\(field)"] }

    private func text(_ key: Substring, in type: SchemaType) -> String? {
        let group = type.package.prefix { $0 != "/" }
        return texts[type.package]?[key] ?? texts[String(group)]?[key] ?? texts[""]?[key]
    }

    private static let envelope = """
        *.apiVersion: The group and version of the API that this object is written in, such as apps/v1.
        *.kind: What sort of object this is, such as Deployment.
        *.metadata: The object's name, namespace, labels and what else the API keeps of every object.
        *.spec: What is asked for.
        *.status: What was found or done; written by the system.
        LabelSelector: Selects objects by their labels; all that it names must hold. An empty one selects everything.
        LabelSelector.matchLabels: Labels that must be there with these values.
        LabelSelector.matchExpressions: Further requirements on labels.
        LabelSelectorRequirement.key: The label's name.
        LabelSelectorRequirement.operator: In, NotIn, Exists or DoesNotExist.
        LabelSelectorRequirement.values: The values for In and NotIn.
        """

    private static let autoscaling = """
        HorizontalPodAutoscaler: Keeps the number of a workload's replicas in step with metrics.
        HorizontalPodAutoscalerSpec: What to scale, within which bounds, and on what.
        HorizontalPodAutoscalerSpec.scaleTargetRef: The workload whose replicas are set, in the autoscaler's own namespace; any kind with a scale subresource.
        HorizontalPodAutoscalerSpec.minReplicas: The fewest replicas; 1 if not given. 0 needs the feature gate HPAScaleToZero and an Object or External metric.
        HorizontalPodAutoscalerSpec.maxReplicas: The most replicas; not below minReplicas.
        HorizontalPodAutoscalerSpec.metrics: What is measured. Each metric asks for a number of replicas and the largest counts; if not given, CPU at 80 % of the requests.
        HorizontalPodAutoscalerSpec.behavior: How fast replicas may come and go; if not given, up by the larger of 4 pods and 100 % every 15 s, and down once 5 minutes of recommendations agree.
        HorizontalPodAutoscalerSpec.targetCPUUtilizationPercentage: The CPU use that is aimed at, averaged over the pods, in percent of what they request.
        CrossVersionObjectReference: Names an object in the autoscaler's namespace.
        CrossVersionObjectReference.kind: The object's kind.
        CrossVersionObjectReference.name: The object's name.
        CrossVersionObjectReference.apiVersion: The object's group and version; the group finds it, whatever the version.
        MetricSpec: One metric: its type, and the member of that name.
        MetricSpec.type: Which of the members counts: Resource, ContainerResource, Pods, Object or External.
        MetricSpec.resource: CPU or memory of the pods, from metrics.k8s.io.
        MetricSpec.containerResource: CPU or memory of one container of each pod, from metrics.k8s.io.
        MetricSpec.pods: A metric of each pod, from custom.metrics.k8s.io, averaged over them.
        MetricSpec.object: A metric of one other object, such as an Ingress, from custom.metrics.k8s.io.
        MetricSpec.external: A metric of no object in the cluster, such as a queue's length, from external.metrics.k8s.io.
        MetricTarget: The value that is aimed at: one of value, averageValue and averageUtilization, as the type says.
        MetricTarget.type: Utilization, Value or AverageValue.
        MetricTarget.value: For the metric as it is.
        MetricTarget.averageValue: For the metric divided by the number of pods.
        MetricTarget.averageUtilization: For resources: percent of what the pods request.
        MetricIdentifier: A metric by name, and by its own labels if a selector is given.
        MetricIdentifier.name: The metric's name.
        MetricIdentifier.selector: Selects among the metric's series by their labels.
        ResourceMetricSource: The use of a resource by the pods, averaged over them.
        ResourceMetricSource.target: The use that is aimed at.
        ResourceMetricSource.targetAverageUtilization: The average use that is aimed at, in percent of the pods' requests.
        ResourceMetricSource.targetAverageValue: The average use that is aimed at, as a quantity.
        ContainerResourceMetricSource: The use of a resource by one container of each pod, averaged over the pods.
        ContainerResourceMetricSource.target: The use that is aimed at.
        ContainerResourceMetricSource.targetAverageUtilization: The average use that is aimed at, in percent of the containers' requests.
        ContainerResourceMetricSource.targetAverageValue: The average use that is aimed at, as a quantity.
        PodsMetricSource: A metric that every pod of the target has.
        PodsMetricSource.target: The average over the pods that is aimed at.
        PodsMetricSource.targetAverageValue: The average over the pods that is aimed at.
        ObjectMetricSource: A metric of one object.
        ObjectMetricSource.target: The value that is aimed at, as it is or per pod.
        ObjectMetricSource.targetValue: The value that is aimed at.
        ObjectMetricSource.averageValue: The value per pod that is aimed at.
        ExternalMetricSource: A metric from outside the cluster; the values of all series selected are added up.
        ExternalMetricSource.target: The value that is aimed at, as it is or per pod.
        ExternalMetricSource.targetValue: The value that is aimed at.
        ExternalMetricSource.targetAverageValue: The value per pod that is aimed at.
        HorizontalPodAutoscalerBehavior: How fast replicas may come (scaleUp) and go (scaleDown).
        HorizontalPodAutoscalerBehavior.scaleUp: For more replicas; if not given, no stabilization, and the larger of 4 pods and 100 % every 15 s.
        HorizontalPodAutoscalerBehavior.scaleDown: For fewer replicas; if not given, 5 minutes of stabilization, then down to minReplicas at once.
        HPAScalingRules: The limits in one direction.
        HPAScalingRules.stabilizationWindowSeconds: How far back recommendations count, in seconds, at most 3600: the lowest of them on the way up, the highest on the way down.
        HPAScalingRules.selectPolicy: Which policy counts where several apply: Max (the default) for the largest change, Min for the smallest, Disabled for none at all.
        HPAScalingRules.policies: How much may change in how long.
        HPAScalingRules.tolerance: How far from the target, as a fraction, makes no change in this direction; the controller's setting if not given.
        HPAScalingPolicy: How much may change within a period.
        HPAScalingPolicy.type: Pods or Percent, of the replicas at the period's start.
        HPAScalingPolicy.value: How many, or how many percent; more than 0.
        HPAScalingPolicy.periodSeconds: The period, from 1 to 1800 seconds.
        HorizontalPodAutoscalerStatus: What the autoscaler last saw and decided.
        HorizontalPodAutoscalerStatus.observedGeneration: The generation of the spec that this is about.
        HorizontalPodAutoscalerStatus.lastScaleTime: When replicas were last changed.
        HorizontalPodAutoscalerStatus.currentReplicas: The target's replicas when last looked at.
        HorizontalPodAutoscalerStatus.desiredReplicas: The replicas last decided on.
        HorizontalPodAutoscalerStatus.currentMetrics: The metrics as last read, in the order of the spec; one that failed is without a type.
        HorizontalPodAutoscalerStatus.conditions: Whether it can scale, whether metrics let it, and whether a limit holds it.
        HorizontalPodAutoscalerStatus.currentCPUUtilizationPercentage: The CPU use as last read, in percent of the pods' requests.
        MetricStatus: A metric as last read.
        MetricStatus.type: Which of the members is there.
        MetricStatus.resource: CPU or memory of the pods.
        MetricStatus.containerResource: CPU or memory of one container of each pod.
        MetricStatus.pods: A metric of each pod.
        MetricStatus.object: A metric of one other object.
        MetricStatus.external: A metric from outside the cluster.
        *.current: The value as last read.
        *.currentValue: The value as last read.
        *.currentAverageValue: The value per pod as last read.
        *.currentAverageUtilization: The use as last read, in percent of the pods' requests.
        *.averageValue: The value per pod as last read.
        *.metric: Which metric.
        *.metricName: The metric's name.
        *.metricSelector: Selects among the metric's series by their labels.
        *.selector: Selects among the metric's series by their labels.
        *.describedObject: The object that the metric is of.
        *.name: The resource: cpu or memory.
        *.container: The container's name in the pods.
        MetricValueStatus: The value as last read, in the form of its target.
        MetricValueStatus.value: As it is.
        MetricValueStatus.averageValue: Per pod.
        MetricValueStatus.averageUtilization: Percent of the pods' requests.
        HorizontalPodAutoscalerCondition: One thing that holds or not.
        HorizontalPodAutoscalerCondition.type: AbleToScale, ScalingActive, ScalingLimited or ScaledToZero.
        HorizontalPodAutoscalerCondition.status: True, False or Unknown.
        HorizontalPodAutoscalerCondition.lastTransitionTime: When its status last changed.
        HorizontalPodAutoscalerCondition.reason: Why, in one word for programs.
        HorizontalPodAutoscalerCondition.message: Why, for people.
        ScaleSpec.replicas: How many replicas are asked for.
        ScaleStatus.replicas: How many replicas there are.
        ScaleStatus.selector: The selector of the replicas, as text.
        """

    private static let autoscalingV2beta1 = """
        ObjectMetricSource.target: The object that the metric is of.
        ObjectMetricStatus.target: The object that the metric is of.
        """
}
