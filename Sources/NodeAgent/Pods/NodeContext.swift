// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import Synchronization

/// What the pods of a node share.
struct NodeContext: Sendable {
    var configuration: NodeAgentConfiguration
    var client: KubeClient
    var groups: any ResourceGroups
    var processes: ProcessHost
    var records: ProcessRecords
    var recorder: EventRecorder
    var prober: Prober
    var addresses: PodAddresses
    /// For `resourceFieldRef` where a container has no limit.
    var capacity: ResourceLimits
    var clock: any Clock<Duration>
    var now: @Sendable () -> Timestamp
    var logger: Logger
}

/// The addresses that a node hands to its pods.
final class PodAddresses: Sendable {
    private struct State {
        var next = 1
        var used: Set<String> = []
    }

    private let block: LoopbackBlock
    private let index: Int
    private let state = Mutex(State())

    init(block: LoopbackBlock, node index: Int) {
        self.block = block
        self.index = index
    }

    /// nil where all are taken. One that was given back is used again as late as can be, so that no client meets another pod there.
    func take() -> String? {
        state.withLock { state in
            for _ in 1...254 {
                let address = block.address(index % 199 + 1, state.next)
                state.next = state.next % 254 + 1
                if state.used.insert(address).inserted { return address }
            }
            return nil
        }
    }

    func giveBack(_ address: String) { state.withLock { _ = $0.used.remove(address) } }
}
