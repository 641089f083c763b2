// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema
import KubeStore
import Synchronization

/// Gives Services their virtual addresses: 127.B.200.1 … 127.B.254.254 of the lab's block, the first for the API itself.
///
/// The stored Services are the record of what is taken; addresses of Services that are just being written are held here,
/// so that two never get the same one.
final class ClusterIPAllocator: Sendable {
    private struct State {
        var held: Set<String> = []
        /// Where the search begins: addresses are taken in turn, so that one just freed isn't given out at once.
        var next = 1
    }

    private let state = Mutex(State())
    private static let perThird = 254
    private static let count = 55 * perThird

    static let apiServer = 0

    static func address(_ index: Int, _ block: LoopbackBlock) -> String { block.address(200 + index / perThird, 1 + index % perThird) }

    /// Completes a new Service's addresses; nil for other kinds and for Services without one.
    /// - Returns: The address, held until `release`.
    func claim(for object: inout KubeObject, _ definition: ResourceDefinition, in objects: any ObjectStore, block: LoopbackBlock) throws(APIError)
        -> String?
    {
        guard definition.groupResource == GroupVersionResource.services.groupResource else { return nil }
        let asked = object.spec["clusterIP"]?.string ?? object.spec["clusterIPs"]?.array?.first?.string ?? ""
        if object.spec["type"]?.string == "ExternalName" { return nil }
        if asked == "None" {
            Self.set("None", in: &object)
            return nil
        }
        let services = objects.list(definition.groupResource, namespace: nil).objects
        let taken = Set(services.compactMap { $0.spec["clusterIP"]?.string })
        let name = object.name
        let address = try state.withLock { state throws(APIError) in
            let address = asked.isEmpty ? try Self.free(&state, taken, block, name) : try Self.check(asked, state, taken, block, name)
            state.held.insert(address)
            return address
        }
        Self.set(address, in: &object)
        return address
    }

    func release(_ address: String?) {
        if let address { state.withLock { _ = $0.held.remove(address) } }
    }

    /// A Service keeps its address when an update leaves it out.
    func keep(_ old: KubeObject, in new: inout KubeObject, _ definition: ResourceDefinition) {
        guard definition.groupResource == GroupVersionResource.services.groupResource, new.spec["type"]?.string != "ExternalName" else { return }
        guard (new.spec["clusterIP"]?.string ?? "").isEmpty, let address = old.spec["clusterIP"]?.string, !address.isEmpty else { return }
        Self.set(address, in: &new)
    }

    private static func free(_ state: inout State, _ taken: Set<String>, _ block: LoopbackBlock, _ name: String) throws(APIError) -> String {
        for offset in 0..<count {
            let index = 1 + (state.next - 1 + offset) % (count - 1)
            let address = address(index, block)
            if !taken.contains(address), !state.held.contains(address) {
                state.next = index % (count - 1) + 1
                return address
            }
        }
        throw invalid(name, [], "failed to allocate a serviceIP: range is full")
    }

    private static func check(_ asked: String, _ state: State, _ taken: Set<String>, _ block: LoopbackBlock, _ name: String) throws(APIError)
        -> String
    {
        guard isInRange(asked, block) else {
            throw invalid(
                name, [asked],
                "failed to allocate IP \(asked): the provided IP (\(asked)) is not in the valid range. The range of valid IPs is \(address(0, block)) to \(address(count - 1, block))"
            )
        }
        guard !taken.contains(asked), !state.held.contains(asked) else {
            throw invalid(name, [asked], "failed to allocate IP \(asked): provided IP is already allocated")
        }
        return asked
    }

    private static func isInRange(_ address: String, _ block: LoopbackBlock) -> Bool {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        return block.contains(address) && parts.count == 4 && (200...254).contains(parts[2]) && (1...254).contains(parts[3])
    }

    private static func invalid(_ name: String, _ addresses: [String], _ detail: String) -> APIError {
        var errors = FieldErrors()
        errors.invalid("spec.clusterIPs", JSONValue(addresses), detail)
        return .invalid(GroupVersionKind(apiVersion: "v1", kind: "Service"), name, errors.causes)
    }

    private static func set(_ address: String, in service: inout KubeObject) {
        service.set(.string(address), at: "spec", "clusterIP")
        service.set([.string(address)], at: "spec", "clusterIPs")
        if service.spec["ipFamilies"] == nil { service.set(["IPv4"], at: "spec", "ipFamilies") }
        if service.spec["ipFamilyPolicy"] == nil { service.set("SingleStack", at: "spec", "ipFamilyPolicy") }
    }
}
