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
