// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Labels as all objects that carry the very same share them: the replicas of a workload mostly do.
///
/// They are kept as the JSON that is served, `{"app":"web"}`, in the order of their keys; a dictionary would take several times that.
final class LabelSet: Sendable {
    let json: [UInt8]
    /// As fields 11 of ObjectMeta: a map from text to text.
    let protobuf: [UInt8]

    static let empty = LabelSet([:])

    init(_ labels: [String: String]) {
        json = JSONValue(labels).encoded
        var fields: [UInt8] = []
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
            var entry: [UInt8] = []
            entry.appendText(1, key)
            entry.appendText(2, value)
            fields.appendField(11, entry)
        }
        protobuf = fields
    }

    var isEmpty: Bool { json.count <= 2 }

    subscript(key: String) -> String? {
        var found: String?
        forEach { name, value in
            guard found == nil, json[name].elementsEqual(key.utf8) else { return }
            found = String(decoding: json[value], as: UTF8.self)
        }
        return found
    }

    /// Keys and values as places in `json`: of their characters, none is escaped there.
    func forEach(_ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void) {
        var key: Range<Int>?
        var start: Int?
        for index in json.indices where json[index] == UInt8(ascii: "\"") {
            guard let begin = start else {
                start = index + 1
                continue
            }
            start = nil
            if let name = key {
                body(name, begin..<index)
                key = nil
            } else {
                key = begin..<index
            }
        }
    }
}

/// The label sets in use, each once.
struct LabelSets {
    private var sets: [[UInt8]: (set: LabelSet, users: Int)] = [:]

    mutating func take(_ labels: [String: String]) -> LabelSet {
        // What the syntax of labels forbids comes from no API server, and is not to be taken apart wrongly.
        let plain = labels.filter { Self.isPlain($0.key) && Self.isPlain($0.value) }
        guard !plain.isEmpty else { return .empty }
        let fresh = LabelSet(plain)
        if let known = sets[fresh.json] {
            sets[fresh.json]?.users += 1
            return known.set
        }
        sets[fresh.json] = (fresh, 1)
        return fresh
    }

    mutating func giveBack(_ set: LabelSet) {
        guard let users = sets[set.json]?.users else { return }
        sets[set.json] = users > 1 ? (set, users - 1) : nil
    }

    var count: Int { sets.count }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
}
