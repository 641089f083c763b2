// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema
import KubeStore
import Logging
import ServiceLifecycle
import Synchronization

/// Makes the kinds served that CustomResourceDefinitions define: accepts their names, keeps the catalog and the APIServices of
/// their groups, and empties a kind whose definition is deleted before the definition goes.
///
/// - Source: k8s.io/apiextensions-apiserver pkg/controller/{status,establish,finalizer}; kubernetes pkg/controlplane/controller/crdregistration
final class CustomResourceService: Service {
    static let finalizer = "customresourcecleanup.apiextensions.k8s.io"
    /// For objects that finalizers of their own hold.
    private static let retry = Duration.seconds(1)

    private let store: ResourceStore
    private let patience: Duration
    private let clock: any Clock<Duration>
    private let logger: Logger
    /// Reading a large definition takes milliseconds: once for each state of it.
    private let known = Mutex<[Identity: CustomResourceDefinition]>([:])
    private let served = Mutex<[Identity: Bool]>([:])
    private let wakeup = Wakeup()

    /// What a definition says depends on this and nothing else.
    private struct Identity: Hashable {
        var uid: String
        var generation: Int64
        var acceptedNames: JSONValue?
    }

    /// - Parameter patience: How long the objects of a definition stay that is deleted: who deletes them next, as `kubectl delete -f` of
    ///   manifests does that hold both, finds them.
    init(store: ResourceStore, clock: any Clock<Duration>, logger: Logger, patience: Duration = .seconds(5)) {
        self.store = store
        self.patience = patience
        self.clock = clock
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.ring() }
                group.addTask {
                    while !Task.isCancelled {
                        let isDone = await self.pass()
                        await self.wakeup.sleep(atMost: isDone ? .seconds(3600) : Self.retry, on: self.clock)
                    }
                }
                await group.waitForAll()
            }
        }
    }

    private func ring() async {
        while !Task.isCancelled {
            guard let watch = try? store.objects.watch(Self.resource.groupResource, namespace: nil, after: store.objects.revision) else { return }
            wakeup.ring()
            do { for try await _ in watch { wakeup.ring() } } catch { continue }
        }
    }

    private static let resource = GroupVersionResource.customResourceDefinitions

    /// Looks at all definitions.
    /// - Returns: Whether nothing is left to be done.
    @discardableResult
    func pass() async -> Bool {
        guard let kind = store.registry.definition(Self.resource) else { return true }
        var definitions = store.objects.list(kind.groupResource, namespace: nil).objects
        // Who has a name keeps it; of those that ask, the first gets it.
        definitions.sort { left, right in
            let (one, other) = (left.hasTrueCondition("Established"), right.hasTrueCondition("Established"))
            return one == other ? left.revision < right.revision : one
        }
        for index in definitions.indices { definitions[index] = await judge(definitions[index], among: definitions, kind) }
        serve(definitions)
        await LocalAPIServices(store: store).keep(custom: store.registry.groups)
        var isDone = true
        for definition in definitions where definition.isBeingDeleted && definition.finalizers.contains(Self.finalizer) {
            if await !empty(definition, kind) { isDone = false }
        }
        return isDone
    }

    // MARK: Names

    private func judge(_ definition: KubeObject, among all: [KubeObject], _ kind: ResourceDefinition) async -> KubeObject {
        let taken = taken(besides: definition, among: all)
        let now = store.now()
        guard !definition.isBeingDeleted, DefinitionNames.status(of: definition, taken: taken, now: now) != definition.status else {
            return definition
        }
        do {
            return try await store.amend(kind, namespace: "", name: definition.name, scope: .status) { object in
                object["status"] = DefinitionNames.status(of: object, taken: taken, now: now)
            }
        } catch {
            report("the names of a definition cannot be stored", definition, error)
            return definition
        }
    }

    private func taken(besides definition: KubeObject, among all: [KubeObject]) -> DefinitionNames.Taken {
        let group = definition.spec["group"]?.string ?? ""
        var taken = DefinitionNames.Taken()
        for kind in store.catalog.builtIn.definitions where kind.versions.contains(where: { $0.group == group }) {
            taken.resources.formUnion([kind.resource, kind.singular] + kind.shortNames)
            taken.kinds.formUnion([kind.kind, kind.listKind])
        }
        for other in all where other.uid != definition.uid && other.spec["group"]?.string == group {
            taken.insert(CustomResourceDefinition.Names(other.status["acceptedNames"] ?? [:]))
        }
        return taken
    }

    // MARK: Serving

    private func serve(_ definitions: [KubeObject]) {
        var states: [Identity: Bool] = [:]
        var all: [ServedDefinition] = []
        for object in definitions where object.hasTrueCondition("Established") {
            let identity = Identity(uid: object.uid, generation: object.generation, acceptedNames: object.status["acceptedNames"])
            guard let definition = read(object, identity) else { continue }
            states[identity] = object.isBeingDeleted
            all.append(ServedDefinition(definition: definition, isTerminating: object.isBeingDeleted))
        }
        known.withLock { known in known = known.filter { states[$0.key] != nil } }
        let isNew = served.withLock { served in
            defer { served = states }
            return served != states
        }
        if isNew { store.catalog.serve(all) }
    }

    private func read(_ object: KubeObject, _ identity: Identity) -> CustomResourceDefinition? {
        if let definition = known.withLock({ $0[identity] }) { return definition }
        do {
            var accepted = object
            accepted.set(object.status["acceptedNames"], at: "spec", "names")
            let definition = try CustomResourceDefinition(accepted)
            known.withLock { $0[identity] = definition }
            return definition
        } catch {
            report("a stored definition cannot be served", object, error)
            return nil
        }
    }

    // MARK: Deletion

    /// Deletes the objects of a kind that goes, and lets its definition go once there are none.
    private func empty(_ definition: KubeObject, _ kind: ResourceDefinition) async -> Bool {
        let group = definition.spec["group"]?.string ?? ""
        let resource = GroupResource(group: group, resource: definition.spec.value(at: "names", "plural")?.string ?? "")
        do {
            if let custom = store.registry.definition(stored: resource), !store.objects.list(resource, namespace: nil).objects.isEmpty {
                if let since = definition.deletionTimestamp, store.now() - since < patience {
                    try await tell(definition, kind, .pending)
                    return false
                }
                for object in store.objects.list(resource, namespace: nil).objects where !object.isBeingDeleted {
                    do {
                        _ = try await store.delete(custom, namespace: object.namespace, name: object.name)
                    } catch let error as APIError where error.reason == .notFound {}
                }
                guard store.objects.list(resource, namespace: nil).objects.isEmpty else {
                    try await tell(definition, kind, .inProgress)
                    return false
                }
            }
            try await tell(definition, kind, .completed)
            _ = try await store.amend(kind, namespace: "", name: definition.name) { object in
                let finalizers = object.finalizers.filter { $0 != Self.finalizer }
                object.set(finalizers.isEmpty ? nil : JSONValue(finalizers), at: "metadata", "finalizers")
            }
            return true
        } catch let error as APIError where error.reason == .notFound {
            return true
        } catch {
            report("the objects of a definition cannot be deleted", definition, error)
            return false
        }
    }

    private enum Deletion: String {
        case pending = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"
        case inProgress = "CustomResource deletion is in progress"
        case completed = "removed all instances"
    }

    private func tell(_ definition: KubeObject, _ kind: ResourceDefinition, _ deletion: Deletion) async throws {
        let now = store.now()
        let reason = "\(deletion)".prefix(1).uppercased() + "\(deletion)".dropFirst()
        _ = try await store.amend(kind, namespace: "", name: definition.name, scope: .status) { object in
            object.turn("Terminating", deletion != .completed, reason: "InstanceDeletion\(reason)", message: deletion.rawValue, now: now)
        }
    }

    private func report(_ message: Logger.Message, _ definition: KubeObject, _ error: any Error) {
        logger.warning(message, metadata: ["customresourcedefinition": "\(definition.name)", "error": "\(error)"])
    }
}
