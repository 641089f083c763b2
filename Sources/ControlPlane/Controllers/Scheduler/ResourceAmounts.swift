// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Amounts of resources by name: CPU in thousandths, all else in whole units, both rounded up.
struct ResourceAmounts: Sendable, Hashable {
    private(set) var amounts: [String: Int64] = [:]

    init() {}

    /// - Parameter json: A resource list such as `requests` or `allocatable`; what is no quantity is left out.
    init(_ json: JSONValue?) {
        for member in json?.object ?? [:] {
            guard let quantity = Self.quantity(member.value) else { continue }
            amounts[member.key] = member.key == "cpu" ? quantity.milliValue : quantity.value
        }
    }

    private static func quantity(_ value: JSONValue) -> Quantity? {
        if let text = value.string { return try? Quantity(text) }
        return value.int.map { Quantity($0) }
    }

    subscript(_ name: String) -> Int64 { amounts[name] ?? 0 }

    static func + (left: Self, right: Self) -> Self { left.combined(right) { sum(of: $0, $1) } }
    static func - (left: Self, right: Self) -> Self { left.combined(right) { sum(of: $0, -max($1, -.max)) } }
    /// The larger of each.
    static func max(_ left: Self, _ right: Self) -> Self { left.combined(right) { Swift.max($0, $1) } }

    private func combined(_ other: Self, _ body: (Int64, Int64) -> Int64) -> Self {
        var result = self
        for (name, amount) in other.amounts { result.amounts[name] = body(self[name], amount) }
        return result
    }

    private static func max(_ left: Int64, _ right: Int64) -> Int64 { Swift.max(left, right) }

    private static func sum(of left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? (left < 0 ? .min : .max) : sum
    }

    /// What a pod needs while it runs: its containers together, or the one init container that needs more; init containers
    /// that stay (sidecars) count with what comes after them.
    /// - Source: `PodRequests`, k8s.io/component-helpers resource/helpers.go
    static func requests(of spec: JSONValue) -> Self {
        var running = Self()
        for container in spec["containers"]?.array ?? [] { running = running + requests(ofContainer: container) }
        var sidecars = Self()
        var starting = Self()
        for container in spec["initContainers"]?.array ?? [] {
            let own = requests(ofContainer: container)
            if container["restartPolicy"] == "Always" {
                sidecars = sidecars + own
                starting = max(starting, sidecars)
            } else {
                starting = max(starting, sidecars + own)
            }
        }
        return max(running + sidecars, starting) + Self(spec["overhead"])
    }

    /// A limit without a request stands for it; the API server sets it so when a pod is created.
    private static func requests(ofContainer container: JSONValue) -> Self {
        var amounts = Self(container.value(at: "resources", "limits"))
        amounts.amounts.merge(Self(container.value(at: "resources", "requests")).amounts) { $1 }
        return amounts
    }
}
