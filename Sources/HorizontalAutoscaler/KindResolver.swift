// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import ScalingRules

/// Finds the resources that a kind is served as, by the API server's discovery: of scale targets, and of objects that metrics are of.
///
/// A group's answer is kept for a while, since a group seldom changes; that a kind is unknown is kept for a shorter one, since a reader
/// who just installed it waits for it.
actor KindResolver<C: Clock> where C.Duration == Duration {
    private let client: KubeClient
    private let clock: C
    private let keeps: (known: Duration, unknown: Duration)
    private var cache: [Kind: Entry] = [:]
    private var versionCache: [String: (version: String, validUntil: C.Instant)] = [:]

    private struct Kind: Hashable {
        var group: String
        var kind: String
    }

    private struct Entry {
        var resources: [GroupVersionResource]
        var validUntil: C.Instant
    }

    init(client: KubeClient, clock: C, keeps: (known: Duration, unknown: Duration) = (.seconds(30), .seconds(5))) {
        self.client = client
        self.clock = clock
        self.keeps = keeps
    }

    /// The resources of the target's kind in its group, the preferred version first; never empty.
    ///
    /// The reference's own version has no say, as upstream has it: one that is no longer served still finds its target.
    func resources(of target: CrossVersionObjectReference) async throws(ScaleFailure) -> [GroupVersionResource] {
        guard target.apiVersion.utf8.count(where: { $0 == UInt8(ascii: "/") }) < 2 else {
            throw .invalidAPIVersion("unexpected GroupVersion string: \(target.apiVersion)")
        }
        let group = GroupVersion(apiVersion: target.apiVersion).group
        let kind = Kind(group: group, kind: target.kind)
        let resources: [GroupVersionResource]
        if let entry = cache[kind], entry.validUntil > clock.now {
            resources = entry.resources
        } else {
            do {
                resources = try await discover(kind)
            } catch {
                throw .unknownKind(words(for: error, request: "get /apis"))
            }
            cache[kind] = Entry(resources: resources, validUntil: clock.now.advanced(by: resources.isEmpty ? keeps.unknown : keeps.known))
        }
        guard !resources.isEmpty else { throw .unknownKind("no matches for kind \"\(target.kind)\" in group \"\(group)\"") }
        return resources
    }

    /// The first of `known` that the group is served in; the first of all where it is not served at all, so that the request itself fails.
    func version(ofGroup group: String, among known: [String]) async -> String {
        if let entry = versionCache[group], entry.validUntil > clock.now { return entry.version }
        let served = (try? await versions(ofGroup: group)) ?? []
        let found = known.first(where: served.contains)
        let version = found ?? known[0]
        versionCache[group] = (version, clock.now.advanced(by: found == nil ? keeps.unknown : keeps.known))
        return version
    }

    private func discover(_ kind: Kind) async throws -> [GroupVersionResource] {
        var found: [GroupVersionResource] = []
        for version in try await versions(ofGroup: kind.group) {
            guard let list = try await document(GroupVersion(group: kind.group, version: version).path) else { continue }
            for resource in list["resources"]?.array ?? [] where resource["kind"]?.string == kind.kind {
                // `deployments/scale` and `deployments/status` have kinds too.
                guard let name = resource["name"]?.string, !name.contains("/") else { continue }
                found.append(GroupVersionResource(group: kind.group, version: version, resource: name))
            }
        }
        // Each resource once, in its most preferred version.
        var seen: Set<String> = []
        return found.filter { seen.insert($0.resource).inserted }
    }

    /// The preferred one first; none where the group is not served.
    private func versions(ofGroup group: String) async throws -> [String] {
        guard !group.isEmpty else { return ["v1"] }
        guard let document = try await document("/apis/\(group)") else { return [] }
        let preferred = document["preferredVersion"]?["version"]?.string
        let versions = (document["versions"]?.array ?? []).compactMap { $0["version"]?.string }
        return (preferred.map { [$0] } ?? []) + versions.filter { $0 != preferred }
    }

    /// Nil where the server knows no such path.
    private func document(_ path: String) async throws -> JSONValue? {
        do {
            return try JSONValue.parse(try await client.raw(path))
        } catch let error as APIError where error.code == 404 {
            return nil
        }
    }
}
