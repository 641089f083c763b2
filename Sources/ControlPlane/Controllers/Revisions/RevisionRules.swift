// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a StatefulSet or DaemonSet has to do about its revisions, as follows from them and its template alone.
///
/// - Source: `getStatefulSetRevisions`, `truncateHistory`, kubernetes pkg/controller/statefulset/stateful_set_control.go;
///   `constructHistory`, `cleanupHistory`, pkg/controller/daemon/update.go
enum RevisionRules {
    enum Step: Sendable, Hashable {
        /// The newest revision is of the template.
        case keep(Revision)
        /// An older one is, and becomes the newest.
        case renumber(Revision, to: Int64)
        /// None is.
        case make(number: Int64)
    }

    static func step(for template: JSONValue, among revisions: [Revision]) -> Step {
        let sorted = revisions.sorted(by: Revision.isOlder)
        let state = Revision.state(of: template)
        let next = (sorted.last?.number ?? 0) &+ 1
        guard let equal = sorted.last(where: { $0.state == state }) else { return .make(number: next) }
        return sorted.allSatisfy { $0 == equal || $0.number < equal.number } ? .keep(equal) : .renumber(equal, to: next)
    }

    /// The oldest beyond `limit`, not counting those in use, which stay.
    static func surplus(_ revisions: [Revision], inUse: Set<String>, limit: Int64) -> [Revision] {
        let past = revisions.filter { !inUse.contains($0.name) }.sorted(by: Revision.isOlder)
        return Array(past.prefix(max(0, past.count - Int(clamping: limit))))
    }
}
