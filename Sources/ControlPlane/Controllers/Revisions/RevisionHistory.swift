// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel

/// The revisions of StatefulSets and DaemonSets, as read from a local copy and kept up to date on the server.
struct RevisionHistory: Sendable {
    let client: KubeClient
    let revisions: Informer

    /// Whose revisions are meant.
    struct Owner: Sendable {
        var object: KubeObject
        var template: JSONValue
        var selector: LabelSelector
        /// Of a revision, with the hash of its template.
        var hashLabel: String
        /// How often the name of a revision to be was taken by another.
        var collisions: Int64
    }

    /// All of an owner's, and which of them is of its template.
    struct Current: Sendable, Hashable {
        var revision: Revision
        var all: [Revision]
        var collisions: Int64
    }

    private func owned(by owner: Owner) -> [Revision] { revisions.list(index: SharedInformers.byController, owner.object.uid).map(Revision.init) }

    /// Those of nobody that the owner selects.
    private func orphans(of owner: Owner) -> [KubeObject] {
        revisions.list(index: SharedInformers.byController, SharedInformers.noController(owner.object.namespace))
            .filter { !$0.isBeingDeleted && owner.selector.matches($0.labels) }
    }

    /// What is known already; nil where something is to be written first.
    func settled(_ owner: Owner) -> Current? {
        let owned = owned(by: owner)
        guard orphans(of: owner).isEmpty, case .keep(let revision) = RevisionRules.step(for: owner.template, among: owned) else { return nil }
        return Current(revision: revision, all: owned, collisions: owner.collisions)
    }

    /// Takes orphans on, and makes the owner's template the newest revision.
    ///
    /// The revisions are read from the server before anything is written: one that was made a moment ago has its number already.
    /// - Parameter owner: As the server has it now, and not about to go.
    func settle(_ owner: Owner) async throws -> Current {
        if let known = settled(owner) { return known }
        let selected = try await client.list(
            .controllerRevisions, namespace: owner.object.namespace, labelSelector: owner.selector.description
        ).items
        var all = selected.filter { $0.controller?.uid == owner.object.uid }.map(Revision.init)
        for orphan in selected where orphan.controller == nil && !orphan.isBeingDeleted {
            all.append(Revision(try await client.adopt(orphan, for: owner.object, .controllerRevisions)))
        }
        switch RevisionRules.step(for: owner.template, among: all) {
        case .keep(let revision): return Current(revision: revision, all: all, collisions: owner.collisions)
        case .renumber(let old, let number):
            let patch: JSONValue = [
                "metadata": ["uid": .string(old.object.uid), "resourceVersion": .string(old.object.resourceVersion)], "revision": .integer(number),
            ]
            let changed = try await client.patch(.controllerRevisions, namespace: old.object.namespace, name: old.name, .merge(patch))
            all.removeAll { $0.name == old.name }
            return Current(revision: Revision(changed), all: all + [Revision(changed)], collisions: owner.collisions)
        case .make(let number):
            let (made, collisions) = try await make(number, owner)
            return Current(revision: made, all: all.filter { $0.name != made.name } + [made], collisions: collisions)
        }
    }

    private func make(_ number: Int64, _ owner: Owner) async throws -> (Revision, collisions: Int64) {
        var collisions = owner.collisions
        while true {
            let wanted = Self.object(number, owner, collisions: collisions)
            do {
                return (Revision(try await client.create(.controllerRevisions, wanted)), collisions)
            } catch let error as APIError where error.reason == .alreadyExists {
                let found = try await client.get(.controllerRevisions, namespace: wanted.namespace, name: wanted.name)
                guard found["data"] == wanted["data"], found.controller.map({ $0.uid == owner.object.uid }) ?? true else {
                    collisions &+= 1
                    continue
                }
                // Ours, or nobody's, and only not yet seen here.
                let own = found.controller == nil ? try await client.adopt(found, for: owner.object, .controllerRevisions) : found
                return (Revision(own), collisions)
            }
        }
    }

    static func object(_ number: Int64, _ owner: Owner, collisions: Int64) -> KubeObject {
        let state = Revision.state(of: owner.template)
        let hash = PodTemplateHash.hash(of: [state, .string(owner.object.kind)], collisions: collisions)
        // With the hash and the dash, no longer than names may be.
        let prefix = owner.object.name.prefix(223)
        var object = KubeObject(Revision.kind, namespace: owner.object.namespace, name: "\(prefix)-\(hash)")
        object.labels = (owner.template.value(at: "metadata", "labels")?.stringMap ?? [:]).merging([owner.hashLabel: hash]) { $1 }
        object.annotations = owner.object.annotations
        object.set([OwnerReference(controller: owner.object).json], at: "metadata", "ownerReferences")
        object["data"] = state
        object["revision"] = .integer(number)
        return object
    }

    /// Removes what `RevisionRules.surplus` says.
    func delete(_ surplus: [Revision]) async throws {
        for revision in surplus {
            do {
                try await client.delete(.controllerRevisions, revision.object)
            } catch let error as APIError where error.reason == .notFound {}
        }
    }
}
