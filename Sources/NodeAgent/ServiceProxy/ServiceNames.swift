// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import KubeModel
import Synchronization

/// The names that resolve in pods, as a cluster's DNS would have them: nodes and Services, in a hosts file for each namespace.
///
/// The files are changed in place, since containers hold them by mounts.
/// - Source: the names are those of kubernetes/dns docs/specification.md
package final class ServiceNames: Sendable {
    private struct State {
        var records: [HostRecord] = []
        /// By namespace, what its file holds.
        var written: [String: String] = [:]
        /// Whether a file could not be written, as on a full disk: the next change tries again.
        var hasFailed = false
    }

    private let folder: String
    private let base: String
    private let state = Mutex(State())

    /// - Parameters:
    ///   - folder: For the files; made with the first.
    ///   - nodes: Their addresses and names.
    package init(folder: String, nodes: [(address: String, name: String)]) {
        self.folder = folder
        let own = (try? String(contentsOfFile: "/etc/hosts", encoding: .utf8)) ?? ""
        base = own + "\n# The nodes and Services of this cluster.\n" + nodes.map { "\($0.address)\t\($0.name)\n" }.joined()
    }

    /// The file that pods of a namespace have as their `/etc/hosts`.
    func file(namespace: String) throws -> String {
        try state.withLock { state in
            let path = path(namespace)
            guard state.written[namespace] == nil else { return path }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let text = text(namespace, state.records)
            // One that an earlier run left may still be mounted in no container: those have ended with it.
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            state.written[namespace] = text
            return path
        }
    }

    /// Brings the files in line with the Services as they stand.
    func update(services: [KubeObject], slices: [KubeObject]) {
        let records = HostRecord.records(services: services, slices: slices)
        state.withLock { state in
            guard records != state.records || state.hasFailed else { return }
            state.records = records
            state.hasFailed = false
            for (namespace, old) in state.written {
                let text = text(namespace, records)
                guard text != old else { continue }
                if Self.overwrite(path(namespace), text) { state.written[namespace] = text } else { state.hasFailed = true }
            }
        }
    }

    private func path(_ namespace: String) -> String { "\(folder)/\(namespace)" }

    private func text(_ namespace: String, _ records: [HostRecord]) -> String {
        records.reduce(into: base) { $0 += $1.line(in: namespace) }
    }

    /// What comes first in the file stays where it is, so that a reader in between misses names at most.
    private static func overwrite(_ path: String, _ text: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        return count == bytes.count && ftruncate(descriptor, off_t(count)) == 0
    }
}

/// An address, and the Service (or the pod behind it, by its hostname) whose it is. Pure.
struct HostRecord: Sendable, Hashable {
    var address: String
    /// `web`, or `web-0.web`.
    var name: String
    var namespace: String

    /// Short names are for those of the same namespace.
    func line(in namespace: String) -> String {
        let short = namespace == self.namespace ? " \(name)" : ""
        let name = "\(name).\(self.namespace)"
        return "\(address)\t\(name).svc.cluster.local \(name).svc \(name)\(short)\n"
    }

    /// In order. A Service without an address of its own stands for its ready endpoints.
    static func records(services: [KubeObject], slices: [KubeObject]) -> [HostRecord] {
        let slicesOf = ServiceTable.byService(slices)
        var records: Set<HostRecord> = []
        for service in services where service.spec["type"]?.string != "ExternalName" {
            let address = service.spec["clusterIP"]?.string ?? ""
            guard address == "None" || address.isEmpty else {
                records.insert(HostRecord(address: address, name: service.name, namespace: service.namespace))
                continue
            }
            for endpoint in (slicesOf[service.namespacedName] ?? []).flatMap({ $0["endpoints"]?.array ?? [] }) {
                guard endpoint["conditions"]?["ready"]?.bool ?? true else { continue }
                for address in endpoint["addresses"]?.array?.compactMap(\.string) ?? [] {
                    records.insert(HostRecord(address: address, name: service.name, namespace: service.namespace))
                    guard let hostname = endpoint["hostname"]?.string, !hostname.isEmpty else { continue }
                    records.insert(HostRecord(address: address, name: "\(hostname).\(service.name)", namespace: service.namespace))
                }
            }
        }
        return records.sorted { ($0.namespace, $0.name, $0.address) < ($1.namespace, $1.name, $1.address) }
    }
}
