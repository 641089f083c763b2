// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel

/// Makes and deletes the pods of ReplicaSets and DaemonSets, and tells of it in events.
///
/// - Source: `RealPodControl`, kubernetes pkg/controller/controller_utils.go
struct PodControl: Sendable {
    let client: KubeClient
    let recorder: EventRecorder

    struct Failure: Error {
        /// `FailedCreate` or `FailedDelete`.
        var reason: String
        var cause: any Error
    }

    /// What came of several requests: those that went well count even where others failed.
    struct Outcome: Sendable {
        var pods: [Pod] = []
        var failure: Failure?
    }

    func create(_ wanted: [KubeObject], for owner: KubeObject) async -> Outcome {
        let batches = await Batches.slowStart(wanted) { Pod(try await client.create(.pods, $0)) }
        for pod in batches.done { recorder.record(owner, .normal, reason: "SuccessfulCreate", message: "Created pod: \(pod.name)") }
        guard let error = batches.failure, (error as? APIError)?.isNamespaceTerminating != true else { return Outcome(pods: batches.done) }
        recorder.record(owner, .warning, reason: "FailedCreate", message: "Error creating: \(error)")
        return Outcome(pods: batches.done, failure: Failure(reason: "FailedCreate", cause: error))
    }

    /// All at once; one that is gone already counts as deleted.
    func delete(_ chosen: [Pod], for owner: KubeObject) async -> Outcome {
        let batch = await Batches.all(chosen) { pod in
            do {
                try await client.delete(.pods, pod.object)
            } catch let error as APIError where error.reason == .notFound {}
            return pod
        }
        for pod in batch.done { recorder.record(owner, .normal, reason: "SuccessfulDelete", message: "Deleted pod: \(pod.name)") }
        guard let error = batch.failure else { return Outcome(pods: batch.done) }
        recorder.record(owner, .warning, reason: "FailedDelete", message: "Error deleting: \(error)")
        return Outcome(pods: batch.done, failure: Failure(reason: "FailedDelete", cause: error))
    }
}
