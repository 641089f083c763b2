// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Rules for what most clusters have: containers as kubelets tell of them, applications by the labels that kube-prometheus and
/// annotation scraping give, and kube-state-metrics.
package enum DefaultRules {
    /// In the form of prometheus-adapter's configuration file.
    /// - Parameter window: Over which counters become rates; at least four scrapes, so that one may be missed.
    package static func text(window: Duration) -> String {
        let span = "\(max(1, window.components.seconds))s"
        let window = "[\(span)]"
        return """
            # Counters are told as rates a second without their _total (http_requests_total is http_requests), everything else as it is.
            rules:
            # Containers. What stands for a pod as a whole has no container, and would count everything twice.
            - seriesQuery: '{__name__=~"container_.+_total",namespace!="",pod!="",container!=""}'
              resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
              name: {matches: "^container_(.+?)(?:_seconds)?_total$", as: "$1"}
              metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>,container!=""}\(window))) by (<<.GroupBy>>)
            - seriesQuery: '{__name__=~"container_.+",__name__!~".+_total",namespace!="",pod!="",container!=""}'
              resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
              name: {matches: "^container_(.+)$", as: "$1"}
              metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>,container!=""}) by (<<.GroupBy>>)
            # Applications.
            - seriesQuery: '{__name__=~".+_total",__name__!~"(container|kube|kubelet|node|apiserver|prometheus)_.+",namespace!=""}'
              resources: \(applications)
              name: {matches: "^(.+?)(?:_seconds)?_total$", as: "$1"}
              metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}\(window))) by (<<.GroupBy>>)
            - seriesQuery: '{__name__!~".+_(total|bucket|sum|count|info|created)|(container|kube|kubelet|node|pod|apiserver|prometheus|scrape)_.+|up|ALERTS.*",namespace!=""}'
              resources: \(applications)
              metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
            # What kube-state-metrics tells of Deployments and of what they are made of.
            - seriesQuery: '{__name__=~"kube_(deployment|statefulset|daemonset|replicaset|pod|service)_.+",__name__!~".+_(info|labels|created)",namespace!=""}'
              resources:
                overrides:
                  namespace: {resource: namespace}
                  pod: {resource: pod}
                  service: {resource: service}
                  deployment: {group: apps, resource: deployment}
                  statefulset: {group: apps, resource: statefulset}
                  daemonset: {group: apps, resource: daemonset}
                  replicaset: {group: apps, resource: replicaset}
              metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
            externalRules:
            # The same series without an object they would belong to: all of a namespace, or what a selector leaves of them.
            - seriesQuery: '{__name__=~".+_total",__name__!~"(container|kube|kubelet|node|apiserver|prometheus)_.+",namespace!=""}'
              resources: {overrides: {namespace: {resource: namespace}}}
              name: {matches: "^(.+?)(?:_seconds)?_total$", as: "$1"}
              metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}\(window)))
            - seriesQuery: '{__name__!~".+_(total|bucket|sum|count|info|created)|(container|kube|kubelet|node|pod|apiserver|prometheus|scrape)_.+|up|ALERTS.*",namespace!=""}'
              resources: {overrides: {namespace: {resource: namespace}}}
              metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>})
            resourceRules:
              cpu:
                containerQuery: sum(rate(container_cpu_usage_seconds_total{<<.LabelMatchers>>,container!="",pod!=""}\(window))) by (<<.GroupBy>>)
                nodeQuery: sum(rate(container_cpu_usage_seconds_total{<<.LabelMatchers>>,id="/"}\(window))) by (<<.GroupBy>>)
                resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}, node: {resource: node}}}
                containerLabel: container
              memory:
                containerQuery: sum(container_memory_working_set_bytes{<<.LabelMatchers>>,container!="",pod!=""}) by (<<.GroupBy>>)
                nodeQuery: sum(container_memory_working_set_bytes{<<.LabelMatchers>>,id="/"}) by (<<.GroupBy>>)
                resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}, node: {resource: node}}}
                containerLabel: container
              window: \(span)

            """
    }

    private static let applications = "{overrides: {namespace: {resource: namespace}, pod: {resource: pod}, service: {resource: service}}}"
}
