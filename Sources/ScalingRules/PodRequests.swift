// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Why a metric gives no replica count; `message` is shown in conditions and events as it is.
package struct MetricError: Error, Sendable, Hashable {
    package var message: String
    /// How the target's pods were grouped, where it came so far.
    package var pods: PodGroups?

    package init(_ message: String, pods: PodGroups? = nil) {
        self.message = message
        self.pods = pods
    }
}

/// What each pod requests of `resource`, in thousandths.
///
/// With `container`, that one's request; else the pod's own where it sets requests as a whole (and the feature is on); else the sum of
/// the containers that run beside one another, each of which then needs one.
/// - Throws: For the first pod that lacks a request.
/// - Source: `calculateRequests`, kubernetes v1.36 pkg/controller/podautoscaler/replica_calculator.go
func requestsByPod(
    _ pods: [PodState], resource: String, container: String?, _ features: ScalingSettings.Features
) throws(MetricError) -> [String: Int64] {
    var requests: [String: Int64] = [:]
    requests.reserveCapacity(pods.count)
    for pod in pods {
        if let container {
            requests[pod.name] = try pod.request(of: resource, inContainer: container)
        } else if features.podLevelResources, pod.podRequests != nil {
            requests[pod.name] = try pod.requestAsAWhole(of: resource)
        } else {
            requests[pod.name] = try pod.sumOfRequests(of: resource)
        }
    }
    return requests
}

extension PodState {
    fileprivate func request(of resource: String, inContainer name: String) throws(MetricError) -> Int64 {
        guard let container = containers.first(where: { $0.name == name }) else {
            throw MetricError("container \(name) not found in Pod \(self.name)")
        }
        return try request(of: resource, container)
    }

    fileprivate func sumOfRequests(of resource: String) throws(MetricError) -> Int64 {
        var sum: Int64 = 0
        for container in containers { sum = sum.addingClamped(try request(of: resource, container)) }
        return sum
    }

    private func request(of resource: String, _ container: Container) throws(MetricError) -> Int64 {
        guard let request = container.requests[resource] else {
            throw MetricError("missing request for \(resource) in container \(container.name) of Pod \(name)")
        }
        return request
    }

    /// The pod's own request; for a resource that it doesn't set as a whole, what its containers come to at their most.
    fileprivate func requestAsAWhole(of resource: String) throws(MetricError) -> Int64 {
        guard let request = podRequests?[resource] ?? mostRequested(of: resource) ?? overhead[resource].map({ _ in 0 }) else {
            throw MetricError("missing pod-level request for \(resource) in Pod \(name)")
        }
        return request.addingClamped(overhead[resource] ?? 0)
    }

    /// Those that run together, or the largest of those that run alone before them.
    private func mostRequested(of resource: String) -> Int64? {
        let together = containers.compactMap { $0.requests[resource] }
        let alone = startupContainers.compactMap { $0.requests[resource] }
        guard !together.isEmpty || !alone.isEmpty else { return nil }
        return max(together.reduce(0) { $0.addingClamped($1) }, alone.max() ?? 0)
    }
}
