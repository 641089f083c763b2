// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import PrometheusConfiguration

/// What a lab gives its monitoring.
package struct MonitoringConfiguration: Sendable {
    /// For the servers' configurations and targets.
    package var folder: String
    /// Where the server is found, at 127.0.0.1.
    package var port: Int
    /// What the lab's own server scrapes beside what monitors ask for.
    package var lab: LabTargets
    /// The lab's own server, which runs as long as there is no Prometheus object.
    package var labServer = NamespacedName(namespace: "kube-system", name: "lab")

    package init(folder: String, port: Int, lab: LabTargets) {
        self.folder = folder
        self.port = port
        self.lab = lab
    }

    /// The image that the node agent maps to this machine's program.
    package static let image = "quay.io/prometheus/prometheus:local"

    /// For `ControlPlaneConfiguration.policyRows`: what Monitoring may do, and what the lab's own server may read.
    /// - Source: prometheus-operator example/rbac, less what is not used here
    package static let policyRows = """
        role updraft:monitoring
          monitoring.coreos.com * *
          apiextensions.k8s.io customresourcedefinitions create,get,list,watch,patch
          apps statefulsets read,write
          core services,endpoints,serviceaccounts read,write
          discovery.k8s.io endpointslices read,write
          core configmaps,secrets,pods,nodes,namespaces read
          core,events.k8s.io events create,patch
        bind updraft:monitoring updraft:monitoring account:kube-system/monitoring
        role updraft:prometheus
          core nodes/metrics get
          path /metrics get
        bind updraft:prometheus updraft:prometheus account:kube-system/prometheus-lab
        """

    /// Whom Monitoring signs in as.
    package static let user = "system:serviceaccount:kube-system:monitoring"
}
