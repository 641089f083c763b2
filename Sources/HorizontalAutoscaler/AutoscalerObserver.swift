// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import ScalingRules

/// Reads what a decision rests on: the target's scale and the pods' metrics from the API server, the pods from the informer.
struct AutoscalerObserver<C: Clock>: Sendable where C.Duration == Duration {
    let client: KubeClient
    let resolver: KindResolver<C>
    let metrics: MetricsRound<C>
    let pods: PodIndex
    let memory: AutoscalerMemory

    struct Observed: Sendable {
        var observation: Observation
        /// The scale to be updated, with what it is a scale of; nil where it could not be read.
        var scale: (resource: GroupVersionResource, object: KubeObject)?
    }

    /// - Parameter entry: Learns the selector that the target has now.
    func observe(_ autoscaler: HorizontalPodAutoscaler, _ entry: inout AutoscalerMemory.Entry) async -> Observed {
        var observation = Observation(
            autoscaler: autoscaler.name, generation: autoscaler.generation, status: autoscaler.status, scale: .failure(.unavailable("")))
        let found: (resource: GroupVersionResource, object: KubeObject)
        do {
            found = try await scale(of: autoscaler)
        } catch {
            observation.scale = .failure(error)
            return Observed(observation: observation)
        }
        let scale = TargetScale(found.object)
        observation.scale = .success(scale)
        do throws(SelectorFailure) {
            let selector = try parseSelector(scale.selector)
            entry.selector = selector
            memory.keep(entry, for: autoscaler.name)
            observation.pods = .success(try claim(autoscaler, scale.selector, selector))
            if autoscaler.spec.needsPodMetrics {
                observation.podMetrics = await metrics.podUsage(in: autoscaler.name.namespace).map { $0.matching(selector) }
            }
            for query in autoscaler.spec.metricQueries {
                observation.metricValues[query] = await metrics.values(of: query, in: autoscaler.name.namespace, pods: selector)
            }
        } catch {
            observation.pods = .failure(error)
        }
        return Observed(observation: observation, scale: found)
    }

    /// Finds out which pods an autoscaler claims that is not itself looked at; it claims none where that cannot be read.
    func learnSelector(of autoscaler: HorizontalPodAutoscaler) async {
        guard let found = try? await scale(of: autoscaler), let selector = try? parseSelector(TargetScale(found.object).selector) else { return }
        var entry = memory.entry(autoscaler.name, uid: autoscaler.uid)
        entry.selector = selector
        memory.keep(entry, for: autoscaler.name)
    }

    private func claim(
        _ autoscaler: HorizontalPodAutoscaler, _ text: String, _ selector: LabelSelector
    ) throws(SelectorFailure) -> [PodState] {
        let namespace = autoscaler.name.namespace
        let selected = pods.pods(in: namespace, matching: selector)
        return try ScalingRules.pods(selected, selectedBy: text, claimants: memory.claimants(of: selected, in: namespace))
    }

    /// From the first of the kind's resources that answers; else its first error counts.
    private func scale(
        of autoscaler: HorizontalPodAutoscaler
    ) async throws(ScaleFailure) -> (resource: GroupVersionResource, object: KubeObject) {
        let target = autoscaler.spec.target
        var failure: ScaleFailure?
        for resource in try await resolver.resources(of: target) {
            do {
                let object = try await client.get(resource, namespace: autoscaler.name.namespace, name: target.name, subresource: "scale")
                return (resource, object)
            } catch {
                failure = failure ?? .unavailable(words(for: error, request: "get \(resource.groupResource) \(target.name)"))
            }
        }
        throw failure ?? .unavailable("unrecognized resource")
    }
}

extension AutoscalerSpec {
    fileprivate var needsPodMetrics: Bool { metrics.contains { if case .resource = $0 { true } else { false } } }
}
