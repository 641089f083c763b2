// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricsAPI
import Testing

@testable import Commands

@Suite("APIServices of others")
struct ForeignAPIServicesTests {
    private static func foreign(_ apiService: String, _ service: String?, _ labels: [String: String]?) -> ForeignAPIService {
        var spec: JSONObject = ["insecureSkipTLSVerify": true]
        spec["service"] = service.map { ["namespace": "other", "name": .string($0)] }
        let object = KubeObject(["metadata": ["name": .string(apiService), "labels": ["k8s-app": "metrics-server"]], "spec": .object(spec)])
        return ForeignAPIService(owner: APIServiceOwner(object), serviceLabels: labels)
    }

    private static let usage = foreign("v1beta1.metrics.k8s.io", "metrics-server", ["k8s-app": "metrics-server"])
    private static let keda = foreign(
        "v1beta1.external.metrics.k8s.io", "keda-operator-metrics-apiserver", ["app.kubernetes.io/name": "keda-operator-metrics-apiserver"])
    private static let ruled = MetricsServerManifest(rules: .init(configMap: "rules", prometheusURL: "http://p:9090"))

    @Test(
        "metrics-server and prometheus-adapter are known by their Service, and nothing else is taken for one of them",
        arguments: [
            ("metrics-server", ["k8s-app": "metrics-server"], true), ("metrics-server", nil, true), ("metrics-server", [:], true),
            ("prometheus-adapter", ["app.kubernetes.io/name": "prometheus-adapter", "app.kubernetes.io/part-of": "kube-prometheus"], true),
            ("custom-metrics-apiserver", [:], true), ("monitoring-adapter", ["app.kubernetes.io/name": "prometheus-adapter"], true),
            ("release-adapter", ["app": "prometheus-adapter", "release": "release"], true),
            ("updraft-metrics-server", ["app.kubernetes.io/name": "metrics-server"], true),
            ("metrics-server", ["app.kubernetes.io/name": "cloud-metrics", "k8s-app": "metrics-server"], false),
            ("keda-operator-metrics-apiserver", ["app.kubernetes.io/name": "keda-operator-metrics-apiserver"], false),
            ("keda-metrics-apiserver", nil, false), ("custom-metrics-stackdriver-adapter", ["k8s-app": "custom-metrics-stackdriver-adapter"], false),
            ("datadog-cluster-agent-metrics-api", [:], false), (nil, nil, false),
        ] as [(String?, [String: String]?, Bool)])
    func known(service: String?, labels: [String: String]?, isReplaceable: Bool) {
        // The APIService's own label is what an earlier owner had left there.
        #expect(Self.foreign("v1beta1.metrics.k8s.io", service, labels).isReplaceable == isReplaceable)
    }

    @Test("the report names them and gives the commands for the way there and back")
    func report() {
        let report = ForeignAPIServices([Self.usage], MetricsServerManifest()).report
        for part in [
            "v1beta1.metrics.k8s.io belongs to the Service other/metrics-server, k8s-app=metrics-server",
            "kubectl get apiservice v1beta1.metrics.k8s.io -o yaml > v1beta1.metrics.k8s.io.yaml", "take over v1beta1.metrics.k8s.io,",
            "updraft manifests metrics-server --take-over | kubectl apply -f -", Self.usage.owner.rollBackCommand,
        ] {
            #expect(report.contains(part), "\(part) in\n\(report)")
        }
        #expect(!report.contains("leaves with its owner"))
    }

    @Test("one of another server is told apart, and left out where the others are taken over")
    func leftAlone() {
        let foreign = ForeignAPIServices([Self.usage, Self.keda], Self.ruled)
        #expect(foreign.leftAlone == [Self.keda])
        let byHand = Self.keda.owner.takeOverCommand(Self.ruled.servingSettings)
        let halves = foreign.report.split(separator: "--take-over leaves with its owner")
        #expect(halves.count == 2 && !halves[0].contains(byHand) && halves[1].contains(byHand), "\(foreign.report)")
        #expect(foreign.report.contains("take over v1beta1.metrics.k8s.io, with a gap"))
        let told = foreign.leftOutReport
        #expect(told.contains("left out: v1beta1.external.metrics.k8s.io belongs to the Service other/keda-operator-metrics-apiserver"))
        #expect(told.contains("which is neither metrics-server nor prometheus-adapter") && told.contains(byHand))
        #expect(!told.contains("v1beta1.metrics.k8s.io"))
    }
}
