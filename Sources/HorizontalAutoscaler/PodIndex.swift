// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import ScalingRules
import Synchronization

/// The pods as the rules need them, read once per change of a pod rather than once per decision.
final class PodIndex: Sendable {
    private let pods = Mutex<[String: LabelIndex<PodState>]>([:])

    /// A change as an informer tells it.
    func update(_ old: KubeObject?, _ new: KubeObject?) {
        guard let name = (new ?? old)?.namespacedName else { return }
        let state = new.map { PodState($0) }
        pods.withLock { pods in
            if let state {
                pods[name.namespace, default: LabelIndex()].insert(state, name: name.name, labels: state.labels)
            } else {
                pods[name.namespace]?.remove(name.name)
            }
            if pods[name.namespace]?.isEmpty == true { pods[name.namespace] = nil }
        }
    }

    /// The pods of a namespace that `selector` matches, by name.
    func pods(in namespace: String, matching selector: LabelSelector) -> [PodState] {
        pods.withLock { $0[namespace]?.matching(selector) ?? [] }
    }
}
