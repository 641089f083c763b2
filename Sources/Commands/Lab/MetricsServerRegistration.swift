// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import Foundation
import KubeClient
import KubeModel
import Logging
import ServiceLifecycle

/// The objects by which the aggregation layer finds the lab's metrics server: a Service without selector, its endpoint, and
/// an APIService for each version of an API that it serves.
///
/// An APIService that leads to another Service is somebody else's, and left alone.
struct MetricsServerRegistration: Sendable {
    var address: String
    var port: Int
    /// What the metrics server's serving certificate is verified by.
    var authorityPEM: String
    /// Whether custom and external metrics are served too.
    var hasRules: Bool

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
        role updraft:metrics-reader to=admin to=edit to=view
          custom.metrics.k8s.io,external.metrics.k8s.io * get,list,watch
        bind updraft:metrics-reader updraft:metrics-reader account:kube-system/horizontal-pod-autoscaler user:system:kube-controller-manager
        bind system:metrics-server system:metrics-server account:kube-system/metrics-server
        bind metrics-server:system:auth-delegator system:auth-delegator account:kube-system/metrics-server
        bind kube-system/metrics-server-auth-reader kube-system/extension-apiserver-authentication-reader account:kube-system/metrics-server
        """
    /// Each API's versions, the preferred one first.
    private static let resourceMetrics = [("metrics.k8s.io", ["v1beta1", "v1"])]
    private static let ruledMetrics = [("custom.metrics.k8s.io", ["v1beta2", "v1beta1"]), ("external.metrics.k8s.io", ["v1beta1"])]
    /// Of the version that everyone asks for.
    static let apiServiceName = "v1beta1.metrics.k8s.io"

    /// Whether the API that everyone asks for is the lab's to serve.
    func isOurs(_ apiService: KubeObject) -> Bool {
        let service = apiService.spec["service"]
        return service?["name"]?.string == Self.serviceName && service?["namespace"]?.string == Self.namespace
    }

    /// Creates what is not there, and brings what is ours up to date; what an earlier run served, and this one does not, goes.
    func apply(_ client: KubeClient) async throws {
        if !hasRules {
            for apiService in Self.ruledMetrics.flatMap(apiServices) { _ = try await withdrawOwn(apiService, client) }
        }
        let apis = Self.resourceMetrics + (hasRules ? Self.ruledMetrics : [])
        for (resource, object) in serviceObjects + apis.flatMap(apiServices).map({ (.apiServices, $0) }) {
            do {
                _ = try await client.create(resource, object)
            } catch let error as APIError where error.reason == .alreadyExists {
                if resource == .apiServices, try await !isOurs(client.get(resource, name: object.name)) { continue }
                _ = try await client.patch(resource, namespace: object.namespace, name: object.name, .merge(.object(object.json)))
            }
        }
    }

    /// - Returns: Whether one stays that leads to our Service, as somebody registered it.
    private func withdrawOwn(_ apiService: KubeObject, _ client: KubeClient) async throws -> Bool {
        do {
            let current = try await client.get(.apiServices, name: apiService.name)
            guard isOurs(current) else { return false }
            guard current.isPlaceholder else { return true }
            try await client.delete(.apiServices, name: apiService.name)
        } catch let error as APIError where error.reason == .notFound {
            // Nothing there, or no longer.
        }
        return false
    }

    /// Takes back what an earlier run created.
    func withdraw(_ client: KubeClient) async throws {
        var isAnybodys = false
        for apiService in (Self.resourceMetrics + Self.ruledMetrics).flatMap(apiServices) {
            if try await withdrawOwn(apiService, client) { isAnybodys = true }
        }
        // A Service of this name may stand for a metrics server that somebody installed.
        guard !isAnybodys else { return }
        for (resource, object) in serviceObjects.reversed() {
            do {
                let current = try await client.get(resource, namespace: object.namespace, name: object.name)
                guard current.spec["selector"] == nil else { continue }
                try await client.delete(resource, namespace: object.namespace, name: object.name)
            } catch let error as APIError where error.reason == .notFound {
                // Nothing there, or no longer.
            }
        }
    }

    private var serviceObjects: [(GroupVersionResource, KubeObject)] {
        [(.services, service), (.endpoints, endpoints), (.endpointSlices, endpointSlice)]
    }

    private func apiServices(_ group: String, _ versions: [String]) -> [KubeObject] {
        versions.map { apiService(group, $0, isPreferred: $0 == versions[0]) }
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

    private func apiService(_ group: String, _ version: String, isPreferred: Bool) -> KubeObject {
        let kind = GroupVersionKind(apiVersion: "apiregistration.k8s.io/v1", kind: "APIService")
        var service = KubeObject(kind, name: "\(version).\(group)")
        service.annotations[KubeObject.placeholderAnnotation] = "true"
        service["spec"] = [
            "group": .string(group), "version": .string(version), "groupPriorityMinimum": 100, "versionPriority": isPreferred ? 100 : 90,
            "service": ["namespace": .string(Self.namespace), "name": .string(Self.serviceName), "port": 443],
            "caBundle": .string(Data(authorityPEM.utf8).base64EncodedString()),
        ]
        return service
    }

    private func object(_ apiVersion: String, _ kind: String) -> KubeObject {
        KubeObject(GroupVersionKind(apiVersion: apiVersion, kind: kind), namespace: Self.namespace, name: Self.serviceName)
    }
}

/// Registers the lab's metrics server again once another's registration, which took its place, is gone.
struct RegistrationKeeper: Service {
    let registration: MetricsServerRegistration
    let client: KubeClient
    let logger: Logger

    func run() async throws {
        let apiServices = Informer(client: client, resource: .apiServices, logger: logger)
        let (deletions, input) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        apiServices.onChange { _, new in if new == nil { input.yield() } }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { try? await apiServices.run() }
                for await _ in deletions {
                    do { try await registration.apply(client) } catch {
                        guard !Task.isCancelled else { return }
                        logger.warning("cannot register the metrics server again", metadata: ["error": "\(error)"])
                    }
                }
                tasks.cancelAll()
            }
        }
    }
}
