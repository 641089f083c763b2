// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The pods of a set by node.
///
/// One that has ended and is being deleted no longer counts: a finalizer that holds it doesn't hold the node.
struct DaemonPods: Sendable, Hashable {
    private let byNode: [String: [Pod]]

    init(_ pods: [Pod]) {
        byNode = Dictionary(grouping: pods.filter { !$0.isTerminal || !$0.object.isBeingDeleted }, by: DaemonPod.node)
            .mapValues { $0.sorted(by: DaemonPod.precedes) }
    }

    subscript(_ node: String) -> [Pod] { byNode[node] ?? [] }
    var nodes: some Collection<String> { byNode.keys }
}
