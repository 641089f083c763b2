// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Whether a DaemonSet is to run on a node.
///
/// - Source: `NodeShouldRunDaemonPod`, kubernetes pkg/controller/daemon/daemon_controller.go
struct DaemonPlacement: Sendable, Hashable {
    var shouldRun: Bool
    /// Also where no new pod would come, one that is there may stay.
    var mayStay: Bool

    init(_ set: DaemonSet, on node: KubeObject) {
        let spec = DaemonPod.spec(of: set.template)
        let name = spec["nodeName"]?.string ?? ""
        guard name.isEmpty || name == node.name, NodeAffinity(spec).matches(node) else {
            (shouldRun, mayStay) = (false, false)
            return
        }
        let taints = NodeTaints.untolerated(NodeTaints.effective(node), by: spec)
        (shouldRun, mayStay) = (taints.isEmpty, NodeTaints.untolerated(taints, by: spec, effects: ["NoExecute"]).isEmpty)
    }
}
