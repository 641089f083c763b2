// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOCore
import Synchronization

/// Carries out on the event loops what `FairQueues` decides.
final class FlowControl: Sendable {
    typealias Ticket = FairQueues.Ticket

    private struct State {
        var queues: FairQueues
        /// How to go on, for each request that waits.
        var waiting: [Ticket: @Sendable () -> Void] = [:]
    }

    let wait: TimeAmount
    private let state: Mutex<State>

    init(_ settings: FlowControlSettings) {
        wait = TimeAmount(settings.wait)
        state = Mutex(State(queues: FairQueues(levels: settings.levels)))
    }

    /// - Parameter resume: called once if the request was queued and gets a seat, on any thread.
    func arrive(_ level: FlowControlSettings.Level, _ identity: String, resume: @escaping @Sendable () -> Void) -> FairQueues.Arrival {
        state.withLock { state in
            let arrival = state.queues.arrive(level: level.rawValue, identity: identity)
            if case .queued(let ticket) = arrival { state.waiting[ticket] = resume }
            return arrival
        }
    }

    /// Gives a seat back, or a place in a queue.
    func leave(_ ticket: Ticket) {
        let resumed = state.withLock { state in
            if state.queues.expire(ticket) {
                state.waiting[ticket] = nil
                return [@Sendable () -> Void]()
            }
            return state.queues.finish(ticket).compactMap { state.waiting.removeValue(forKey: $0) }
        }
        for resume in resumed { resume() }
    }
}

extension APIError {
    /// - Source: tooManyRequests, k8s.io/apiserver pkg/server/filters/priority-and-fairness.go
    static let tooManyRequests = APIError(
        code: 429, reason: .tooManyRequests, message: "Too many requests, please try again later.", details: Details(retryAfterSeconds: 1))

    /// - Source: NewTimeoutError, k8s.io/apimachinery pkg/api/errors
    static let tooLate = APIError(
        code: 504, reason: .timeout, message: "Timeout: request did not complete within the allotted timeout", details: Details())
}
