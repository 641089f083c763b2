// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// One thing that happened in a lab, as shown to the user.
struct TimelineEvent: Sendable, Hashable {
    enum Kind: String, Sendable {
        /// A stage of the command has been reached.
        case step
        /// Something is being waited for; it replaces the wait before it.
        case wait
        /// What the autoscaler saw and wants.
        case decision
        /// A workload's replicas changed.
        case scaled
        case podReady
        case podNotReady
        case load
        /// Something a user should know, such as a limit that is not enforced here.
        case note
        case result
    }

    var kind: Kind
    /// The object it is about, such as `hpa/podinfo`; empty for the lab itself.
    var subject: String
    var text: String
    /// Figures for machine output: replicas, seconds, percent.
    var values: [String: Double]

    init(_ kind: Kind, _ subject: String, _ text: String, values: [String: Double] = [:]) {
        self.kind = kind
        self.subject = subject
        self.text = text
        self.values = values
    }
}
