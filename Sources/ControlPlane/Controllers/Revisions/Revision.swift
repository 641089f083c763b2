// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A ControllerRevision: a template that a StatefulSet or DaemonSet has or had, where `kubectl rollout history` and `undo` find it.
struct Revision: Sendable, Hashable {
    static let kind = GroupVersionKind(group: "apps", version: "v1", kind: "ControllerRevision")

    let object: KubeObject

    init(_ object: KubeObject) { self.object = object }

    var name: String { object.name }
    /// Its place in time; the highest is the current one.
    var number: Int64 { object["revision"]?.int ?? 0 }
    var state: JSONValue { object["data"] ?? .null }

    /// The template that it remembers.
    var template: JSONValue {
        guard var template = state.value(at: "spec", "template"), template.object != nil else { return [:] }
        template["$patch"] = nil
        return template
    }

    /// What is kept of a template: the strategic merge patch that brings it back.
    static func state(of template: JSONValue) -> JSONValue {
        var template = template
        template["$patch"] = "replace"
        return ["spec": ["template": template]]
    }

    /// In the order of time.
    static func isOlder(_ left: Self, _ right: Self) -> Bool {
        if left.number != right.number { return left.number < right.number }
        let (one, other) = (left.object.creationTimestamp ?? .zero, right.object.creationTimestamp ?? .zero)
        return one == other ? left.name < right.name : one < other
    }
}

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
