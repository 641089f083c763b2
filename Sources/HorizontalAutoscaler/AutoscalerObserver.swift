// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import ScalingRules

/// Reads what a decision rests on: the pods' metrics from the API server, the pods from the informer, and the target's scale from either.
struct AutoscalerObserver<C: Clock & Sendable>: Sendable where C.Duration == Duration {
    let client: KubeClient
    let resolver: KindResolver<C>
    /// Nil where each scale is asked for.
    let targets: (any KnownScales)?
    let metrics: MetricsRound<C>
    let pods: PodIndex
    let memory: AutoscalerMemory<C.Instant>

    struct Observed: Sendable {
        var observation: Observation
        /// The scale to be updated, with what it is a scale of; nil where it was not read from the server.
        var scale: (resource: GroupVersionResource, object: KubeObject)?
    }

    /// How the target's scale is come by.
    enum ScaleReading {
        /// From the targets that are watched, where it is among them: enough to see whether there is anything to do.
        case known
        /// From the server: to be acted upon.
        case fresh
    }

    /// - Parameter entry: Learns the selector that the target has now.
    func observe(_ autoscaler: HorizontalPodAutoscaler, _ reading: ScaleReading, _ entry: inout AutoscalerMemory<C.Instant>.Entry) async -> Observed {
        var observation = Observation(
            autoscaler: autoscaler.name, generation: autoscaler.generation, status: autoscaler.status, scale: .failure(.unavailable("")))
        let found: FoundScale
        do {
            found = try await scale(of: autoscaler, reading)
        } catch {
            observation.scale = .failure(error)
            return Observed(observation: observation)
        }
        observation.scale = .success(found.scale)
        do throws(SelectorFailure) {
            let selector = try found.selector.get()
            entry.selector = selector
            memory.keep(entry, for: autoscaler.name)
            observation.pods = .success(try claim(autoscaler, found.scale.selector, selector))
            if autoscaler.spec.needsPodMetrics {
                observation.podMetrics = await metrics.podUsage(in: autoscaler.name.namespace).map { $0.matching(selector) }
            }
            for query in autoscaler.spec.metricQueries {
                observation.metricValues[query] = await metrics.values(of: query, in: autoscaler.name.namespace, pods: selector)
            }
        } catch {
            observation.pods = .failure(error)
        }
        return Observed(observation: observation, scale: found.origin)
    }

    private struct FoundScale {
        var scale: TargetScale
        var selector: Result<LabelSelector, SelectorFailure>
        /// Nil for one that is merely known.
        var origin: (resource: GroupVersionResource, object: KubeObject)?

        init(known: FollowedScale) {
            scale = known.scale
            selector = known.selector
        }

        init(read object: KubeObject, of resource: GroupVersionResource) {
            scale = TargetScale(object)
            do throws(SelectorFailure) { selector = .success(try parseSelector(scale.selector)) } catch { selector = .failure(error) }
            origin = (resource, object)
        }
    }

    /// Finds out which pods an autoscaler claims that is not itself looked at; it claims none where that cannot be read.
    func learnSelector(of autoscaler: HorizontalPodAutoscaler) async {
        guard let found = try? await scale(of: autoscaler, .fresh), let selector = try? found.selector.get() else { return }
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

    /// From the first of the kind's resources that knows the target or answers; else its first error counts.
    private func scale(of autoscaler: HorizontalPodAutoscaler, _ reading: ScaleReading) async throws(ScaleFailure) -> FoundScale {
        let target = autoscaler.spec.target
        let namespace = autoscaler.name.namespace
        let resources = try await resolver.resources(of: target)
        if reading == .known, let targets {
            for resource in resources {
                let name = NamespacedName(namespace: namespace, name: target.name)
                if let known = await targets.scale(of: resource, name) { return FoundScale(known: known) }
            }
        }
        var failure: ScaleFailure?
        for resource in resources {
            do {
                let object = try await client.get(resource, namespace: namespace, name: target.name, subresource: "scale")
                return FoundScale(read: object, of: resource)
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

/// Scales that are known without asking the server, as of a moment ago.
protocol KnownScales: Sendable {
    /// Nil where the server has to be asked.
    func scale(of resource: GroupVersionResource, _ name: NamespacedName) async -> FollowedScale?
}
