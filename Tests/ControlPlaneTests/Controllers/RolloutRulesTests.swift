// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import ControlPlane

/// Cases marked "upstream" are those of kubernetes pkg/controller/deployment/{sync,rolling}_test.go and util/deployment_util_test.go.
@Suite("The sizes of a rollout")
struct RolloutRulesTests {
    // MARK: Leeway

    @Test(
        "surge rounds up, unavailability down, and one of them is at least one (upstream)",
        arguments: [
            ("0%", "0%", 0, 0, 0), ("39%", "39%", 10, 4, 3), ("oops", "39%", 10, 0, 3), ("55%", "urg", 10, 6, 0), ("5", "1", 7, 5, 1),
            ("0", "0", 4, 0, 1),
            ("25%", "25%", 2, 1, 0), ("25%", "25%", 10, 3, 2), ("10%", "100%", 3, 1, 3), ("1", "5", 3, 1, 3),
            ("9223372036854775807%", "1", 3, 30_000, 1),
        ])
    func leeway(_ surge: String, _ unavailable: String, _ replicas: Int64, _ expectedSurge: Int64, _ expectedUnavailable: Int64) {
        func value(_ text: String) -> JSONValue { Int64(text).map { .integer($0) } ?? .string(text) }
        let deployment = Deployment(
            KubeObject([
                "spec": [
                    "replicas": .integer(replicas), "strategy": ["rollingUpdate": ["maxSurge": value(surge), "maxUnavailable": value(unavailable)]],
                ]
            ]))
        #expect(deployment.leeway == RolloutLeeway(surge: expectedSurge, unavailable: expectedUnavailable))
    }

    // MARK: The newest ReplicaSet

    @Test(
        "the newest grows as far as the surge allows (upstream)",
        arguments: [
            // desired, surge, size of the newest, size of all, next size
            (10, 0, 0, 10, 0), (10, 5, 0, 10, 5), (10, 5, 0, 15, 0), (10, 2, 10, 10, 10), (10, 0, 0, 0, 10), (1, 1, 0, 0, 1), (10, 5, 6, 6, 10),
            (10, 5, 12, 12, 10), (0, 1, 3, 3, 0),
        ] as [(Int64, Int64, Int64, Int64, Int64)])
    func newest(_ desired: Int64, _ surge: Int64, _ current: Int64, _ all: Int64, _ expected: Int64) {
        let leeway = RolloutLeeway(surge: surge, unavailable: 0)
        #expect(RolloutRules.newSize(of: current, all: all, desired: desired, leeway: leeway, isRecreated: false) == expected)
        #expect(RolloutRules.newSize(of: current, all: all, desired: desired, leeway: leeway, isRecreated: true) == desired)
    }

    // MARK: The old ones

    struct Shrinking: Sendable, CustomTestStringConvertible {
        var name: String
        var desired: Int64
        var unavailable: Int64
        /// Size and available pods, the oldest first.
        var old: [(Int64, Int64)]
        var new: (Int64, Int64)
        var expected: [String: Int64]
        var testDescription: String { name }
    }

    @Test(
        "old ones shrink by what isn't available anyway, then by what availability permits",
        arguments: [
            Shrinking(name: "nothing may be missing (upstream)", desired: 10, unavailable: 0, old: [(10, 10)], new: (0, 0), expected: [:]),
            Shrinking(name: "two may be missing (upstream)", desired: 10, unavailable: 2, old: [(10, 10)], new: (0, 0), expected: ["old0": 8]),
            Shrinking(
                name: "unhealthy pods go without loss (upstream)", desired: 10, unavailable: 2, old: [(10, 8)], new: (0, 0), expected: ["old0": 8]),
            Shrinking(name: "too few are available already", desired: 10, unavailable: 2, old: [(8, 7)], new: (2, 0), expected: [:]),
            Shrinking(name: "the new ones are up", desired: 10, unavailable: 2, old: [(8, 8)], new: (2, 2), expected: ["old0": 6]),
            Shrinking(name: "unhealthy and healthy at once", desired: 10, unavailable: 2, old: [(10, 8)], new: (2, 2), expected: ["old0": 6]),
            Shrinking(name: "the oldest first", desired: 10, unavailable: 2, old: [(3, 3), (7, 7)], new: (2, 2), expected: ["old0": 0, "old1": 6]),
            Shrinking(
                name: "unhealthy ones of a younger before healthy ones of the oldest", desired: 4, unavailable: 1, old: [(2, 2), (3, 1)], new: (0, 0),
                expected: ["old1": 1]),
            Shrinking(
                name: "all of the new ones are up", desired: 3, unavailable: 1, old: [(1, 1), (1, 0)], new: (3, 3), expected: ["old0": 0, "old1": 0]),
            Shrinking(name: "none is wanted", desired: 0, unavailable: 0, old: [(2, 2)], new: (0, 0), expected: ["old0": 0]),
        ])
    func shrinks(_ test: Shrinking) {
        let old = test.old.enumerated().map { RolloutRules.Size(name: "old\($0.offset)", replicas: $0.element.0, available: $0.element.1) }
        let new = RolloutRules.Size(name: "new", replicas: test.new.0, available: test.new.1)
        let leeway = RolloutLeeway(surge: 0, unavailable: test.unavailable)
        #expect(RolloutRules.shrunk(old: old, new: new, desired: test.desired, leeway: leeway) == test.expected)
    }

    // MARK: Proportional scaling

    struct Scaling: Sendable, CustomTestStringConvertible {
        var from: (replicas: Int64, surge: Int64)
        var to: (replicas: Int64, surge: Int64)
        /// The newest first.
        var sizes: [Int64]
        var expected: [Int64]
        var testDescription: String { "\(from.replicas) to \(to.replicas): \(sizes)" }
    }

    @Test(
        "a change in the middle of a rollout is shared in proportion (upstream)",
        arguments: [
            Scaling(from: (5, 0), to: (10, 0), sizes: [2, 3], expected: [4, 6]),
            Scaling(from: (5, 0), to: (3, 0), sizes: [2, 3], expected: [1, 2]),
            Scaling(from: (9, 0), to: (4, 0), sizes: [8, 1], expected: [4, 0]),
            Scaling(from: (7, 0), to: (10, 0), sizes: [2, 3, 2], expected: [3, 4, 3]),
            Scaling(from: (13, 0), to: (8, 0), sizes: [2, 8, 3], expected: [1, 5, 2]),
            Scaling(from: (3, 0), to: (4, 0), sizes: [1, 1, 1], expected: [2, 1, 1]),
            Scaling(from: (3, 0), to: (0, 0), sizes: [1, 1, 1], expected: [0, 0, 0]),
            Scaling(from: (10, 2), to: (20, 2), sizes: [6, 6], expected: [11, 11]),
            Scaling(from: (10, 3), to: (50, 6), sizes: [5, 8], expected: [22, 34]),
            Scaling(from: (4, 0), to: (4, 0), sizes: [2, 2], expected: [2, 2]),
        ])
    func proportional(_ test: Scaling) {
        let active = test.sizes.enumerated().map {
            RolloutRules.Size(name: "rs\($0.offset)", replicas: $0.element, maxReplicas: test.from.replicas + test.from.surge)
        }
        let sizes = RolloutRules.proportional(
            active: active, desired: test.to.replicas, leeway: RolloutLeeway(surge: test.to.surge, unavailable: 0), current: test.from.replicas)
        #expect(active.map { sizes[$0.name] } == test.expected)
    }

    @Test("no shares add up to more than is allowed, for any sizes")
    func bounded() {
        for desired in Int64(0)...12 {
            for first in Int64(1)...6 {
                for second in Int64(1)...6 {
                    for third in Int64(1)...6 {
                        let active = [("a", first), ("b", second), ("c", third)].map {
                            RolloutRules.Size(name: $0.0, replicas: $0.1, maxReplicas: first + second + third)
                        }
                        let leeway = RolloutLeeway(surge: 2, unavailable: 0)
                        let sizes = RolloutRules.proportional(active: active, desired: desired, leeway: leeway, current: 0)
                        let sum = sizes.values.reduce(0, +)
                        #expect(sum == (desired == 0 ? 0 : desired + 2), "\(desired): \(active) \(sizes)")
                        #expect(sizes.values.allSatisfy { $0 >= 0 })
                    }
                }
            }
        }
    }
}
