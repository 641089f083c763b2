// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// Upstream's own manifests, where they are at hand beside the project: applied, read and deleted, each set on a lab of its own.
    ///
    /// Each set with one kubectl; `UPDRAFT_MANIFESTS=all` takes every set through each kubectl that is of its age.
    @Suite("upstream's manifests", .serialized, .enabled(if: ManifestSet.isThere, "no folder ../shared/manifests beside the project"))
    struct ManifestTests {
        @Test("are applied, read and deleted without an error", arguments: ManifestSet.chosen)
        func manifests(set: ManifestSet) async throws {
            let program = try Tool.require(Tool.kubectl(set.kubectl), "kubectl \(set.kubectl)")
            try await withLab(offset: 6700, arguments: ["--without", "metrics-server"]) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                if let namespace = set.namespace { _ = try await kubectl("create", "namespace", namespace) }
                var applied = try await apply(kubectl, set)
                if set.definesKinds {
                    // What is of a kind that the same files define is refused the first time, on any cluster.
                    _ = try await kubectl("wait", "--for", "condition=established", "crd", "--all", "--timeout", "30s")
                    applied = try await apply(kubectl, set)
                }
                #expect(applied.status == 0, "\(applied.text)")
                let shown = try await kubectl("get", "-f", set.path, seconds: 120)
                #expect(shown.status == 0, "\(shown.text)")
                let deleted = try await kubectl("delete", "-f", set.path, seconds: 120)
                #expect(deleted.status == 0, "\(deleted.text)")
                #expect(deleted.output.split(separator: "\n").count >= set.objects, "\(deleted.text)")
            }
        }

        private func apply(_ kubectl: Kubectl, _ set: ManifestSet) async throws -> ToolResult {
            set.appliesOnServer
                ? try await kubectl("apply", "--server-side", "-f", set.path, seconds: 120) : try await kubectl("apply", "-f", set.path, seconds: 120)
        }
    }
}

/// One of upstream's sets of manifests, with a kubectl to apply it.
struct ManifestSet: Sendable, CustomTestStringConvertible {
    var name: String
    /// How many objects there are at least.
    var objects: Int
    var kubectl: String
    /// Which the set expects to be there.
    var namespace: String?
    /// The definitions of kinds, and objects of them, stand in the same set.
    var definesKinds = false
    /// An annotation would not hold the last configuration.
    var appliesOnServer = false

    static let folder = URL(fileURLWithPath: Tool.repository).deletingLastPathComponent().appendingPathComponent("shared/manifests").path
    static let isThere = FileManager.default.fileExists(atPath: folder)

    var path: String { "\(Self.folder)/\(name)" }
    var testDescription: String { "\(name) with kubectl \(kubectl)" }

    /// - Parameter kubectls: Those of the set's age; the first is the one that is always used.
    private static func set(
        _ name: String, objects: Int, _ kubectls: [String], namespace: String? = nil, definesKinds: Bool = false, appliesOnServer: Bool = false
    ) -> [Self] {
        let sets = kubectls.map {
            Self(name: name, objects: objects, kubectl: $0, namespace: namespace, definesKinds: definesKinds, appliesOnServer: appliesOnServer)
        }
        return ProcessInfo.processInfo.environment["UPDRAFT_MANIFESTS"] == "all" ? sets : Array(sets.prefix(1))
    }

    static let chosen =
        set("metrics-server-1.8+", objects: 8, ["1.20", "1.32", "1.37"])
        + set("metrics-server-0.9-components.yaml", objects: 9, ["1.32", "1.37"])
        + set("metrics-server-0.9-high-availability.yaml", objects: 10, ["1.37", "1.32"])
        + set("prometheus-adapter-0.12", objects: 14, ["1.32", "1.37"], namespace: "monitoring")
        + set("kube-prometheus-0.29", objects: 60, ["1.20", "1.32", "1.37"], definesKinds: true)
        + set("kube-prometheus-current", objects: 32, ["1.37", "1.32"], definesKinds: true, appliesOnServer: true)
}
