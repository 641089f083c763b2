// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Where a walk is; a path costs its text only when it is told.
struct SchemaTrail {
    private var steps: [Step] = []

    private enum Step {
        case field(String)
        case index(Int)
    }

    mutating func push(_ field: String) { steps.append(.field(field)) }
    mutating func push(_ index: Int) { steps.append(.index(index)) }
    mutating func pop() { steps.removeLast() }

    /// `spec.containers[0].image`; empty at the root.
    var text: String {
        var text = ""
        for step in steps {
            switch step {
            case .field(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}
