// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubeModel

/// The objects by which the aggregation layer finds the lab's metrics server: a Service without selector, its endpoint, and
/// the APIService.
struct MetricsServerRegistration: Sendable {
    var address: String
    var port: Int
    /// What the metrics server's serving certificate is verified by.
    var authorityPEM: String

    static let serviceName = "metrics-server"
    static let namespace = "kube-system"
    /// The name that the serving certificate must carry.
    static let dnsName = "\(serviceName).\(namespace).svc"
    /// What upstream's manifests give it.
    static let policyRows = """
        role system:metrics-server
          core nodes/metrics get
          core pods,nodes read
        role system:aggregated-metrics-reader to=admin to=edit to=view
          metrics.k8s.io pods,nodes read
        bind system:metrics-server system:metrics-server account:kube-system/metrics-server
        bind metrics-server:system:auth-delegator system:auth-delegator account:kube-system/metrics-server
        bind kube-system/metrics-server-auth-reader kube-system/extension-apiserver-authentication-reader account:kube-system/metrics-server
        """
    /// The preferred one first.
    static let versions = ["v1beta1", "v1"]
    /// Of the version that everyone asks for.
    static let apiServiceName = "v1beta1.metrics.k8s.io"

    /// Creates them, or brings those of an earlier run up to date.
    func apply(_ client: KubeClient) async throws {
        for (resource, object) in objects {
            do {
                _ = try await client.create(resource, object)
            } catch let error as APIError where error.reason == .alreadyExists {
                _ = try await client.patch(resource, namespace: object.namespace, name: object.name, .merge(.object(object.json)))
            }
        }
    }

    /// Takes back what an earlier run created, and leaves alone what somebody else registered.
    func withdraw(_ client: KubeClient) async throws {
        do {
            let ours = apiService(Self.versions[0])
            let current = try await client.get(.apiServices, name: Self.apiServiceName)
            guard current.spec["caBundle"] == ours.spec["caBundle"] else { return }
            for (resource, object) in objects { try await client.delete(resource, namespace: object.namespace, name: object.name) }
        } catch let error as APIError where error.reason == .notFound {
            // Nothing there, or no longer.
        }
    }

    private var objects: [(GroupVersionResource, KubeObject)] {
        [(.services, service), (.endpoints, endpoints), (.endpointSlices, endpointSlice)]
            + Self.versions.map { (.apiServices, apiService($0)) }
    }

    private var service: KubeObject {
        var service = object("v1", "Service")
        service["spec"] = ["ports": [["name": "https", "protocol": "TCP", "port": 443, "targetPort": JSONValue(port)]]]
        return service
    }

    private var endpoints: KubeObject {
        var endpoints = object("v1", "Endpoints")
        endpoints["subsets"] = [
            ["addresses": [["ip": .string(address)]], "ports": [["name": "https", "port": JSONValue(port), "protocol": "TCP"]]]
        ]
        return endpoints
    }

    private var endpointSlice: KubeObject {
        var slice = object("discovery.k8s.io/v1", "EndpointSlice")
        slice.labels = ["kubernetes.io/service-name": Self.serviceName, "endpointslice.kubernetes.io/managed-by": "updraft"]
        slice["addressType"] = "IPv4"
        slice["endpoints"] = [["addresses": [.string(address)], "conditions": ["ready": true]]]
        slice["ports"] = [["name": "https", "port": JSONValue(port), "protocol": "TCP"]]
        return slice
    }

    private func apiService(_ version: String) -> KubeObject {
        let kind = GroupVersionKind(apiVersion: "apiregistration.k8s.io/v1", kind: "APIService")
        var service = KubeObject(kind, name: "\(version).metrics.k8s.io")
        service["spec"] = [
            "group": "metrics.k8s.io", "version": .string(version), "groupPriorityMinimum": 100,
            "versionPriority": version == Self.versions[0] ? 100 : 90,
            "service": ["namespace": .string(Self.namespace), "name": .string(Self.serviceName), "port": 443],
            "caBundle": .string(Data(authorityPEM.utf8).base64EncodedString()),
        ]
        return service
    }

    private func object(_ apiVersion: String, _ kind: String) -> KubeObject {
        KubeObject(GroupVersionKind(apiVersion: apiVersion, kind: kind), namespace: Self.namespace, name: Self.serviceName)
    }
}
