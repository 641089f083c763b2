// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What the launcher does before it becomes the container's program. Passed to it as one JSON argument.
struct LaunchPlan: Sendable, Hashable {
    struct Mount: Sendable, Hashable {
        /// A file or folder of the host.
        var source: String
        /// Absolute, as the container sees it.
        var target: String
        var isReadOnly: Bool
    }

    /// `cgroup.procs` files to enter.
    var cgroups: [String]
    var mounts: [Mount]
    /// An empty folder of the pod's own, for what mount points need.
    var scratch: String
    var workingDirectory: String
    /// The program's absolute path comes first.
    var command: [String]

    var json: JSONValue {
        [
            "cgroups": JSONValue(cgroups), "scratch": .string(scratch), "workingDirectory": .string(workingDirectory), "command": JSONValue(command),
            "mounts": .array(mounts.map { ["source": .string($0.source), "target": .string($0.target), "readOnly": .bool($0.isReadOnly)] }),
        ]
    }
}

extension LaunchPlan {
    /// nil where the text is no plan.
    init?(json text: String) {
        guard let json = try? JSONValue.parse(text), let command = json["command"]?.array?.compactMap(\.string), !command.isEmpty,
            let scratch = json["scratch"]?.string
        else { return nil }
        self.init(
            cgroups: json["cgroups"]?.array?.compactMap(\.string) ?? [],
            mounts: (json["mounts"]?.array ?? []).map {
                Mount(source: $0["source"]?.string ?? "", target: $0["target"]?.string ?? "", isReadOnly: $0["readOnly"]?.bool ?? false)
            },
            scratch: scratch, workingDirectory: json["workingDirectory"]?.string ?? "/", command: command)
    }
}
