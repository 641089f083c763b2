// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// Custom and external metrics.
    static let metricRows = """
        package custom_metrics/v1beta1 custom.metrics.k8s.io/v1beta1 k8s.io.metrics.pkg.apis.custom_metrics.v1beta1
        type MetricValueList
          + meta/v1.TypeMeta -
          metadata meta/v1.ListMeta 1
          items! []MetricValue 2
        type MetricValue
          + meta/v1.TypeMeta -
          describedObject! core/v1.ObjectReference 1
          metricName! string 2
          timestamp! time 3
          window *int64 4
          value! quantity 5
          selector!? *meta/v1.LabelSelector 6
        package custom_metrics/v1beta2 custom.metrics.k8s.io/v1beta2 k8s.io.metrics.pkg.apis.custom_metrics.v1beta2
        type MetricValueList
          + meta/v1.TypeMeta -
          metadata meta/v1.ListMeta 1
          items! []MetricValue 2
        type MetricValue
          + meta/v1.TypeMeta -
          describedObject! core/v1.ObjectReference 1
          metric! MetricIdentifier 2
          timestamp! time 3
          windowSeconds *int64 4
          value! quantity 5
        type MetricIdentifier
          name! string 1
          selector!? *meta/v1.LabelSelector 2
        package external_metrics/v1beta1 external.metrics.k8s.io/v1beta1 k8s.io.metrics.pkg.apis.external_metrics.v1beta1
        type ExternalMetricValueList
          + meta/v1.TypeMeta -
          metadata meta/v1.ListMeta 1
          items! []ExternalMetricValue 2
        type ExternalMetricValue
          + meta/v1.TypeMeta -
          metricName! string 1
          metricLabels! map:string 2
          timestamp! time 3
          window *int64 4
          value! quantity 5
        """
}
