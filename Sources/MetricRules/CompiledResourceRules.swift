// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The rules of `metrics.k8s.io`, ready for use.
///
/// - Source: prometheus-adapter v0.12 pkg/resourceprovider/provider.go
package struct CompiledResourceRules: Sendable {
    package enum Resource: Sendable, CaseIterable { case cpu, memory }

    /// Which objects are asked about.
    package enum Subject: Sendable, Hashable {
        case nodes
        case pods(namespace: String)

        fileprivate var resource: GroupResource { GroupResource(group: "", resource: self == .nodes ? "nodes" : "pods") }
    }

    package struct Usage: Sendable, Hashable {
        package var cpu: Quantity
        package var memory: Quantity
    }

    /// Of a pod, or of a node, which has one part without a name.
    package struct Measurement: Sendable, Hashable {
        /// The earliest of its samples.
        package var time: Timestamp
        package var parts: [String: Usage]
    }

    private struct Query {
        var containers: MetricsQuery
        var nodes: MetricsQuery
        var containerLabel: String
        var server: String

        init(_ rule: ResourceRule, _ kinds: ResourceKinds, _ field: String) throws(RuleProblem) {
            let labels: ResourceLabels
            do { labels = try ResourceLabels(rule.resources, kinds) } catch {
                throw RuleProblem("\(field).\(error.field)", "unable to construct label-resource converter: \(error)")
            }
            do { containers = try MetricsQuery(rule.containerQuery, labels, field: "\(field).containerQuery") } catch {
                throw RuleProblem(error.field, "unable to construct container metrics query: \(error)")
            }
            do { nodes = try MetricsQuery(rule.nodeQuery, labels, field: "\(field).nodeQuery") } catch {
                throw RuleProblem(error.field, "unable to construct node metrics query: \(error)")
            }
            containerLabel = rule.containerLabel
            server = rule.server
        }
    }

    private let cpu: Query
    private let memory: Query
    package let window: Duration

    /// - Throws: `RuleProblem` that tells the field.
    package init(_ rules: ResourceRules, _ kinds: ResourceKinds) throws(RuleProblem) {
        window = rules.window
        do { cpu = try Query(rules.cpu, kinds, "cpu") } catch {
            throw RuleProblem(error.field, "unable to construct querier for CPU metrics: \(error)")
        }
        do { memory = try Query(rules.memory, kinds, "memory") } catch {
            throw RuleProblem(error.field, "unable to construct querier for memory metrics: \(error)")
        }
    }

    private func rule(_ resource: Resource) -> Query { resource == .cpu ? cpu : memory }

    /// Which server is asked, by its name in the configuration; empty for the one that flags name.
    package func server(_ resource: Resource) -> String { rule(resource).server }

    /// - Parameter names: at least one.
    package func query(
        _ resource: Resource, _ subject: Subject, names: [String], escaping: AlternativesEscaping = .literal
    ) throws(RuleProblem) -> String {
        let rule = rule(resource)
        switch subject {
        case .nodes:
            return try rule.nodes.query(series: "", subject.resource, namespace: "", names: names, selector: .everything, escaping: escaping)
        case .pods(let namespace):
            return try rule.containers.query(
                series: "", subject.resource, namespace: namespace, names: names, groups: [rule.containerLabel], selector: .everything,
                escaping: escaping)
        }
    }

    /// What the two answers tell of each object; nothing of those that only one of them tells of.
    /// - Parameter odd: What becomes of samples that are no number or negative.
    package func measurements(
        _ subject: Subject, cpu cpuSamples: [Sample], memory memorySamples: [Sample], odd: OddValues = .absent
    ) throws(RuleProblem) -> [String: Measurement] {
        let cpu = try byObject(cpuSamples, .cpu, subject)
        let memory = try byObject(memorySamples, .memory, subject)
        var result: [String: Measurement] = [:]
        for (name, cpu) in cpu {
            guard let memory = memory[name] else { continue }
            if subject == .nodes {
                // Of several, upstream takes the first.
                result[name] = Self.measurement(cpu.prefix(1), memory.prefix(1), { _ in "" }, { _ in "" }, odd)
            } else {
                let labels = (self.cpu.containerLabel, self.memory.containerLabel)
                result[name] = Self.measurement(cpu[...], memory[...], { $0.labels[labels.0] ?? "" }, { $0.labels[labels.1] ?? "" }, odd)
            }
        }
        return result
    }

    private func byObject(_ samples: [Sample], _ resource: Resource, _ subject: Subject) throws(RuleProblem) -> [String: [Sample]] {
        let label = try rule(resource).containers.labels.label(of: subject.resource)
        return Dictionary(grouping: samples) { $0.labels[label] ?? "" }
    }

    private static func measurement(
        _ cpu: ArraySlice<Sample>, _ memory: ArraySlice<Sample>, _ cpuPart: (Sample) -> String, _ memoryPart: (Sample) -> String, _ odd: OddValues
    ) -> Measurement? {
        var earliest: Sample?
        var parts: [String: (cpu: Quantity?, memory: Quantity?)] = [:]
        let hasMemory = Set(memory.map(memoryPart))
        func take(_ sample: Sample, _ format: Quantity.Format, isCPU: Bool = false) -> Quantity? {
            if earliest.map({ sample.milliseconds < $0.milliseconds }) ?? true { earliest = sample }
            // A negative usage, or one that is no number, counts as none here, as it always has.
            guard sample.value >= 0 else { return odd == .upstream ? Quantity(milli: 0, format) : nil }
            // Autoscalers round a thousandth of a core up: cut to thousandths, a small use would be none.
            if isCPU, odd == .absent, let nanocores = Int64(exactly: (sample.value * 1e9).rounded(.down)) { return Quantity(nano: nanocores, format) }
            return odd.quantity(sample.value, format)
        }
        for sample in cpu { parts[cpuPart(sample), default: (nil, nil)].cpu = take(sample, .decimalSI, isCPU: true) }
        for sample in memory { parts[memoryPart(sample), default: (nil, nil)].memory = take(sample, .binarySI) }
        guard let earliest else { return nil }
        let zero = Quantity(milli: 0, .binarySI)
        var usages: [String: Usage] = [:]
        for (name, part) in parts {
            switch (odd, part.cpu, part.memory) {
            case (_, let cpu?, let memory?): usages[name] = Usage(cpu: cpu, memory: memory)
            case (.upstream, let cpu, let memory): usages[name] = Usage(cpu: cpu ?? zero, memory: memory ?? zero)
            // It has ended: its CPU is averaged over a time when it still ran.
            case (.absent, _?, nil) where !hasMemory.contains(name): continue
            // A part would be taken for the whole.
            case (.absent, _, _): return nil
            }
        }
        return usages.isEmpty ? nil : Measurement(time: earliest.time, parts: usages)
    }
}
