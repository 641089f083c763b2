// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import MetricsAPI

@Suite("An APIService")
struct APIServiceStandingTests {
    private static let ours = NamespacedName(namespace: "kube-system", name: "updraft-metrics-server")
    private static let settings = ServingSecretSettings(
        secret: NamespacedName(namespace: "kube-system", name: "updraft-metrics-server-tls"), service: ours)

    private func apiService(_ spec: JSONValue, labels: [String: String] = [:]) -> KubeObject {
        var object = KubeObject([
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": ["name": "v1beta1.metrics.k8s.io", "creationTimestamp": "2026-01-02T03:04:05Z", "resourceVersion": "42"], "spec": spec,
        ])
        object.labels = labels
        return object
    }

    private static let ownReference: JSONValue = ["namespace": "kube-system", "name": "updraft-metrics-server", "port": 443]

    @Test("of ours is given the bundle where it has another, on the condition that it is still the one looked at")
    func patches() {
        let standing = APIServiceStanding(apiService(["service": Self.ownReference, "caBundle": "b2xk"]), service: Self.ours)
        #expect(standing == .ours(caBundle: "b2xk", skipsVerification: false))
        #expect(
            standing.patch(caBundle: "bmV3", resourceVersion: "42") == ["metadata": ["resourceVersion": "42"], "spec": ["caBundle": "bmV3"]])
        #expect(standing.patch(caBundle: "b2xk", resourceVersion: "42") == nil)
        #expect(standing.patch(caBundle: "", resourceVersion: "42") == nil)
    }

    @Test("that is told not to verify, is absent or is another's is not touched")
    func leaves() {
        let insecure = APIServiceStanding(apiService(["service": Self.ownReference, "insecureSkipTLSVerify": true]), service: Self.ours)
        let other: JSONValue = ["namespace": "kube-system", "name": "metrics-server"]
        let foreign = APIServiceStanding(apiService(["service": other]), service: Self.ours)
        for standing in [insecure, foreign, .absent] { #expect(standing.patch(caBundle: "bmV3", resourceVersion: "42") == nil) }
    }

    @Test("of another names who it is, and how to take it over and give it back")
    func owner() {
        let spec: JSONValue = ["service": ["namespace": "kube-system", "name": "metrics-server", "port": 8443], "insecureSkipTLSVerify": true]
        let owner = APIServiceOwner(apiService(spec, labels: ["k8s-app": "metrics-server", "app.kubernetes.io/managed-by": "Helm", "tier": "x"]))
        #expect(
            owner.description
                == "the Service kube-system/metrics-server, app.kubernetes.io/managed-by=Helm, k8s-app=metrics-server, made at 2026-01-02T03:04:05Z")
        #expect(
            owner.rollBackCommand
                == #"kubectl patch apiservice v1beta1.metrics.k8s.io --type=merge -p '{"spec":{"caBundle":null,"insecureSkipTLSVerify":true,"#
                + #""service":{"name":"metrics-server","namespace":"kube-system","port":8443}}}'"#)
        #expect(
            owner.takeOverCommand(Self.settings)
                == #"kubectl patch apiservice v1beta1.metrics.k8s.io --type=merge -p '{"spec":{"service":{"name":"updraft-metrics-server","#
                + #""namespace":"kube-system","port":443},"insecureSkipTLSVerify":false,"caBundle":"'"$(kubectl get secret -n kube-system "#
                + #"updraft-metrics-server-tls -o jsonpath='{.data.ca\.crt}')"'"}}'"#)
    }

    @Test("that the API server serves itself is another's")
    func local() {
        guard case .foreign(let owner) = APIServiceStanding(apiService(["group": "metrics.k8s.io"]), service: Self.ours) else {
            Issue.record("not foreign")
            return
        }
        #expect(owner.service == nil && owner.description.contains("the API server itself"))
        #expect(owner.rollBackCommand.contains(#""service":null"#))
    }
}
