// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension JSONValue {
    /// Where `got` first differs from this, which is what was expected: `events[1].message: expected "a", got "b"`; nil where nowhere.
    package func firstDifference(from got: JSONValue?, at path: String = "") -> String? {
        let got = got ?? .null
        if self == got { return nil }
        if case .object(let wanted) = self, case .object(let other) = got {
            for key in Set(wanted.keys).union(other.keys).sorted() {
                let place = path.isEmpty ? key : "\(path).\(key)"
                if let difference = (wanted[key] ?? .null).firstDifference(from: other[key], at: place) { return difference }
            }
        }
        if case .array(let wanted) = self, case .array(let other) = got, wanted.count == other.count {
            for (index, value) in wanted.enumerated() {
                if let difference = value.firstDifference(from: other[index], at: "\(path)[\(index)]") { return difference }
            }
        }
        return "\(path.isEmpty ? "" : path + ": ")expected \(encodedText), got \(got.encodedText)"
    }
}
