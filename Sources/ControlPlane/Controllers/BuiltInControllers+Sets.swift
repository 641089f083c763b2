// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import ServiceLifecycle

extension ControllerAssembly {
    private var history: RevisionHistory { RevisionHistory(client: client, revisions: informers.controllerRevisions) }

    var statefulSets: [any Service] {
        let queue = WorkQueue<NamespacedName, C>(clock: clock)
        informers.statefulSets.onChange { old, new in if let object = new ?? old { queue.add(object.namespacedName) } }
        follow(kind: "StatefulSet", informers.statefulSets, queue) { StatefulSet($0).selector }
        let recorder = recorder("statefulset-controller", client)
        let reconciler = StatefulSetController(
            client: client, sets: informers.statefulSets, pods: informers.pods, claims: informers.persistentVolumeClaims, history: history,
            recorder: recorder, now: now)
        let needed = [informers.statefulSets, informers.pods, informers.persistentVolumeClaims, informers.controllerRevisions]
        return [
            recorder,
            Controller(name: "statefulset", reconciler: reconciler, queue: queue, workers: 4, logger: logger) {
                try await Informer.waitUntilSynced(needed)
            },
        ]
    }

    var daemonSets: [any Service] {
        let queue = WorkQueue<NamespacedName, C>(clock: clock)
        let recorder = recorder("daemonset-controller", client)
        let reconciler = DaemonSetController(
            client: client, sets: informers.daemonSets, pods: informers.pods, nodes: informers.nodes, history: history, recorder: recorder,
            now: now)
        informers.daemonSets.onChange { old, new in
            if let object = new ?? old { queue.add(object.namespacedName) }
            if let old, new == nil { reconciler.forget(old) }
        }
        follow(kind: "DaemonSet", informers.daemonSets, queue) { DaemonSet($0).selector }
        informers.nodes.onChange { [informers] old, new in
            guard new == nil || Scheduler.isRelevant(old: old, new: new) else { return }
            for set in informers.daemonSets.list() { queue.add(set.namespacedName) }
        }
        let needed = [informers.daemonSets, informers.pods, informers.nodes, informers.controllerRevisions]
        return [
            recorder,
            Controller(name: "daemonset", reconciler: reconciler, queue: queue, workers: 4, logger: logger) {
                try await Informer.waitUntilSynced(needed)
            },
        ]
    }

    /// Has a set looked at when a pod or a revision of it changes, or one of nobody that it selects appears.
    private func follow(
        kind: String, _ sets: Informer, _ queue: WorkQueue<NamespacedName, C>, selector: @escaping @Sendable (KubeObject) -> LabelSelector?
    ) {
        for informer in [informers.pods, informers.controllerRevisions] {
            informer.onChange { old, new in
                for object in [old, new] { if let key = Self.owner(object, kind: kind) { queue.add(key) } }
                guard let new, new.controller == nil, !new.isBeingDeleted else { return }
                for set in sets.list(namespace: new.namespace) where selector(set)?.matches(new.labels) == true {
                    queue.add(set.namespacedName)
                }
            }
        }
    }
}
