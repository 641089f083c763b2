// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Values by name, and by each label they bear: of a namespace's thousand pods, a selector finds its ten without looking at the rest.
struct LabelIndex<Value: Sendable>: Sendable {
    private struct Label: Hashable {
        var key: String
        var value: String
    }
    private struct Entry {
        var labels: [String: String]
        var value: Value
    }

    private var entries: [String: Entry] = [:]
    private var names: [Label: Set<String>] = [:]

    var isEmpty: Bool { entries.isEmpty }

    /// Puts a value in the place of the one of its name.
    mutating func insert(_ value: Value, name: String, labels: [String: String]) {
        remove(name)
        entries[name] = Entry(labels: labels, value: value)
        for (key, value) in labels { names[Label(key: key, value: value), default: []].insert(name) }
    }

    mutating func remove(_ name: String) {
        guard let entry = entries.removeValue(forKey: name) else { return }
        for (key, value) in entry.labels {
            let label = Label(key: key, value: value)
            names[label]?.remove(name)
            if names[label]?.isEmpty == true { names[label] = nil }
        }
    }

    /// The values whose labels `selector` matches, by name.
    func matching(_ selector: LabelSelector) -> [Value] {
        let matching: [(name: String, value: Value)]
        if let candidates = fewestCandidates(selector) {
            matching = candidates.compactMap { name in
                entries[name].flatMap { selector.matches($0.labels) ? (name, $0.value) : nil }
            }
        } else {
            matching = entries.compactMap { name, entry in selector.matches(entry.labels) ? (name, entry.value) : nil }
        }
        return matching.sorted { $0.name < $1.name }.map(\.value)
    }

    /// Those that bear the rarest label which the selector asks for by value; nil where it asks for none.
    private func fewestCandidates(_ selector: LabelSelector) -> Set<String>? {
        var fewest: Set<String>?
        for requirement in selector.requirements where requirement.asksForOneValue {
            guard let value = requirement.values.first else { continue }
            let candidates = names[Label(key: requirement.key, value: value)] ?? []
            if candidates.count < fewest?.count ?? .max { fewest = candidates }
        }
        return fewest
    }
}

extension LabelSelector.Requirement {
    fileprivate var asksForOneValue: Bool {
        switch self.operator {
        case .equals, .doubleEquals, .in: values.count == 1
        default: false
        }
    }
}
