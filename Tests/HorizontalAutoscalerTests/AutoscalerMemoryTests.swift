// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import ScalingRules
import Testing

@testable import HorizontalAutoscaler

@Suite("What the controller remembers of an autoscaler")
struct AutoscalerMemoryTests {
    static func object(_ version: String) -> KubeObject {
        var object = KubeObject(
            GroupVersionKind(group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler"), namespace: "shop", name: "web")
        object.resourceVersion = version
        return object
    }

    @Test("its own writes count until the informer has caught up with them")
    func newest() {
        var entry = AutoscalerMemory<ContinuousClock.Instant>.Entry(uid: "1")
        #expect(entry.newest(Self.object("1")).resourceVersion == "1")
        entry.wrote(Self.object("2"), over: "1")
        #expect(entry.newest(Self.object("1")).resourceVersion == "2")
        entry.wrote(Self.object("3"), over: "2")
        #expect(entry.newest(Self.object("1")).resourceVersion == "3")
        #expect(entry.newest(Self.object("2")).resourceVersion == "3")
        // Somebody else's write, newer than ours.
        #expect(entry.newest(Self.object("9")).resourceVersion == "9")
        #expect(entry.newest(Self.object("2")).resourceVersion == "2")
    }

    @Test("another autoscaler of the same name starts afresh")
    func otherUID() {
        let memory = AutoscalerMemory<ContinuousClock.Instant>()
        let name = NamespacedName(namespace: "shop", name: "web")
        var entry = memory.entry(name, uid: "1")
        entry.history.hasBegun = true
        memory.keep(entry, for: name)
        #expect(memory.entry(name, uid: "1").history.hasBegun)
        #expect(!memory.entry(name, uid: "2").history.hasBegun)
        memory.forget(name)
        #expect(!memory.entry(name, uid: "1").history.hasBegun)
    }
}
