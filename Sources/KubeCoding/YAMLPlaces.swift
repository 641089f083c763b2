// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Yams

extension YAML {
    package enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
    }

    /// On which line of the first document what a path names stands: of a mapping's member its key. As far as the path goes; counted from 1.
    package static func line(of path: [Step], in text: String) -> Int? {
        guard text.utf8.count <= maximumBytes, var node = try? Yams.compose(yaml: text) else { return nil }
        var line = node.mark?.line
        for step in path {
            switch (step, node) {
            case (.key(let key), .mapping(let mapping)):
                guard let member = mapping.first(where: { $0.key.string == key }) else { return line }
                line = member.key.mark?.line ?? line
                node = member.value
            case (.index(let index), .sequence(let sequence)) where sequence.indices.contains(index):
                node = sequence[index]
                line = node.mark?.line ?? line
            default: return line
            }
        }
        return line
    }
}
