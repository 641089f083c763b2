// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

/// What every `ObjectStore` promises, as cases to run against a driver.
///
/// A test of the driver goes through `cases` and gives each a way to make empty stores; a case throws where the
/// promise is broken.
package struct StoreConformance: Sendable, CustomStringConvertible {
    /// How much a store remembers: small ones show what happens at the bounds.
    package typealias Options = StoreLimits

    package typealias Make = @Sendable (Options) async throws -> any ObjectStore

    package let description: String
    package let run: @Sendable (Make) async throws -> Void

    init(_ description: String, _ run: @escaping @Sendable (Make) async throws -> Void) {
        self.description = description
        self.run = run
    }

    package static var cases: [StoreConformance] { writes + reads + watches + concurrency }
}

/// A promise that a store didn't keep.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String
}

func expect<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String, line: Int = #line) throws {
    guard found == expected else { throw BrokenPromise(description: "\(what): expected \(expected), found \(found) (line \(line))") }
}

/// Runs a write or a watch that the store has to refuse.
func expect(_ code: StoreError.Code, _ what: String, line: Int = #line, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as StoreError {
        guard error.code == code else { throw BrokenPromise(description: "\(what): \(error.code) thrown (line \(line))") }
        return
    }
    throw BrokenPromise(description: "\(what): nothing was thrown (line \(line))")
}

/// What the cases store: as few words as possible.
enum Sample {
    static let pods = GroupResource(group: "", resource: "pods")
    static let deployments = GroupResource(group: "apps", resource: "deployments")

    static func key(_ name: String, namespace: String = "default", _ resource: GroupResource = pods) -> ObjectKey {
        ObjectKey(resource, namespace: namespace, name: name)
    }

    static func object(_ name: String, namespace: String = "default", value: Int = 0) -> KubeObject {
        var object = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: namespace, name: name)
        object.set(JSONValue(value), at: "spec", "value")
        return object
    }
}

extension ObjectStore {
    func create(_ name: String, namespace: String = "default", value: Int = 0, _ resource: GroupResource = Sample.pods) async throws -> KubeObject {
        try await create(
            Sample.object(name, namespace: namespace, value: value), at: Sample.key(name, namespace: namespace, resource))
    }

    /// Makes `count` writes: one creation and then updates of the same object.
    func write(_ name: String, times count: Int, text: String = "") async throws {
        var object = Sample.object(name)
        object.set(.string(text), at: "spec", "text")
        object = try await create(object, at: Sample.key(name))
        for value in 1..<max(1, count) {
            object.set(JSONValue(value), at: "spec", "value")
            object = try await update(object, at: Sample.key(name), expected: Int64(object.resourceVersion) ?? 0)
        }
    }
}

extension StoreWatch {
    /// The next `count` events; fewer where the watch ends.
    func take(_ count: Int) async throws -> [StoreEvent] {
        var events: [StoreEvent] = []
        while events.count < count, let event = try await next() { events.append(event) }
        return events
    }
}
