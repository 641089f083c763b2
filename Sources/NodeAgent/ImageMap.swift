// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel

/// Which program of this machine stands for an image.
///
///     - image: stefanprodan/podinfo:*      # `*` stands for anything
///       command: [/usr/local/bin/updraft, podinfo]
///
/// The list may also stand under the key `images`.
/// The program takes the place of the container's `command[0]`; what follows there, and its args, come after.
package struct ImageMap: Sendable, Hashable {
    struct Entry: Sendable, Hashable {
        var pattern: String
        var command: [String]
    }

    private var entries: [Entry]
    /// Where a user adds a line.
    package var path: String

    /// - Parameters:
    ///   - executable: This program, which holds podinfo, and what upstream's manifests run: a metrics server and an adapter.
    ///   - prometheus: This machine's; nil where there is none.
    package init(path: String, executable: String, prometheus: String? = nil) {
        self.path = path
        entries = [Entry(pattern: "stefanprodan/podinfo:*", command: [executable, "podinfo"])]
        entries += Self.metricsServers.map { Entry(pattern: $0, command: [executable, "metrics-server"]) }
        entries += Self.prometheusAdapters.map { Entry(pattern: $0, command: [executable, "prometheus-adapter"]) }
        if let prometheus {
            entries += ["quay.io/prometheus/prometheus:*", "prom/prometheus:*"].map { Entry(pattern: $0, command: [prometheus]) }
        }
        // Our own image, whose arguments begin with the command.
        entries.append(Entry(pattern: "ghcr.io/updraft/updraft:*", command: [executable]))
    }

    /// Where the images of metrics-server have been over the years.
    private static let metricsServers = [
        "registry.k8s.io/metrics-server/metrics-server:*", "k8s.gcr.io/metrics-server/metrics-server:*", "k8s.gcr.io/metrics-server-amd64:*",
        "gcr.io/google_containers/metrics-server-amd64:*",
    ]

    private static let prometheusAdapters = [
        "registry.k8s.io/prometheus-adapter/prometheus-adapter:*", "k8s.gcr.io/prometheus-adapter/prometheus-adapter:*",
        "directxman12/k8s-prometheus-adapter*", "quay.io/coreos/k8s-prometheus-adapter*",
    ]

    /// Puts a user's lines before the built-in ones.
    /// - Throws: `NodeAgentError` naming the file and what is wrong in it.
    package mutating func add(yaml text: String) throws {
        let documents: [JSONValue]
        do {
            documents = try YAML.documents(in: text)
        } catch {
            throw NodeAgentError(.files, "\(path): \(error)")
        }
        var added: [Entry] = []
        guard let document = documents.first, !document.isNull else { return }
        guard let lines = document.array ?? document["images"]?.array else {
            throw NodeAgentError(.files, "\(path): it needs a list of entries such as: - {image: \"nginx:*\", command: [/usr/sbin/nginx]}")
        }
        for entry in lines {
            guard let pattern = entry["image"]?.string, !pattern.isEmpty, let command = entry["command"]?.array?.compactMap(\.string),
                command.first?.hasPrefix("/") == true
            else {
                throw NodeAgentError(
                    .files,
                    "\(path): each entry needs an image and a command that begins with an absolute path, as in: - {image: \"nginx:*\", command: [/usr/sbin/nginx]}"
                )
            }
            added.append(Entry(pattern: pattern, command: command))
        }
        entries = added + entries
    }

    /// The command line's beginning; nil where no entry fits. `docker.io/` and `index.docker.io/` before the image do not count, nor a digest
    /// behind it; where there is nothing but a digest, any tag may be meant.
    func command(for image: String) -> [String]? {
        let digest = image.firstIndex(of: "@")
        var name = image[..<(digest ?? image.endIndex)]
        for registry in ["docker.io/", "index.docker.io/"] where name.hasPrefix(registry) { name = name.dropFirst(registry.count) }
        if name.hasPrefix("library/") { name = name.dropFirst("library/".count) }
        // A port of the registry is no tag.
        let hasTag = name.split(separator: "/").last?.contains(":") ?? false
        let candidates = [image, String(name)] + (hasTag ? [] : [digest == nil ? "\(name):latest" : "\(name):"])
        return entries.first { entry in candidates.contains { Wildcard.matches(entry.pattern, $0) } }?.command
    }
}
