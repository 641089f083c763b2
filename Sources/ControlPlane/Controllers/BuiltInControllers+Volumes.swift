// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import ServiceLifecycle

extension ControllerAssembly {
    var volumes: [any Service] {
        let queue = WorkQueue<VolumeController.Key, C>(clock: clock)
        informers.persistentVolumeClaims.onChange { [informers] old, new in
            guard let claim = new ?? old else { return }
            queue.add(.claim(claim.namespacedName))
            guard new == nil else { return }
            for volume in informers.persistentVolumes.list() where VolumeBinding.isReserved(volume, for: claim) { queue.add(.volume(volume.name)) }
        }
        informers.persistentVolumes.onChange { [informers] old, new in
            guard let volume = new ?? old else { return }
            queue.add(.volume(volume.name))
            // It may be what some claim waits for, or has lost.
            for claim in informers.persistentVolumeClaims.list() where claim.status["phase"] != "Bound" || new == nil {
                queue.add(.claim(claim.namespacedName))
            }
        }
        informers.pods.onChange { old, new in
            guard let pod = old, new.map({ Pod($0).isTerminal }) ?? true else { return }
            for claim in PodReferences.claims(of: pod) { queue.add(.claim(NamespacedName(namespace: pod.namespace, name: claim))) }
        }
        let recorder = recorder("persistentvolume-controller", client)
        let reconciler = VolumeController(
            client: client, claims: informers.persistentVolumeClaims, volumes: informers.persistentVolumes, pods: informers.pods,
            folders: folders, recorder: recorder)
        let needed = [informers.persistentVolumeClaims, informers.persistentVolumes, informers.pods]
        return [
            recorder,
            // One at a time: two claims that find the same volume would only get in each other's way.
            Controller(name: "persistentvolume", reconciler: reconciler, queue: queue, workers: 1, logger: logger) {
                try await Informer.waitUntilSynced(needed)
            },
        ]
    }
}
