// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What the operations of a JSON patch may take together. One is cheap; ten thousand at the front of a long list, or each copying the ones
/// before, are not.
struct JSONPatchCost {
    private var steps = 0
    private var copiedBytes = 0

    /// Elements moved, values looked at and steps gone, about: a fraction of a second's work.
    private static let stepLimit = 100_000_000
    /// A patch may not make an object larger than what a request may hold.
    private static let copyLimit = 3 * 1024 * 1024

    /// - Throws: 413.
    mutating func spend(_ steps: Int) throws(APIError) {
        self.steps += steps
        guard self.steps <= Self.stepLimit else {
            throw APIError(
                code: 413, reason: .requestEntityTooLarge,
                message: "the JSON patch takes too many steps: it moves, or looks at, more than \(Self.stepLimit) values")
        }
    }

    /// - Throws: 422 where copies have made the object too large.
    mutating func copy(_ value: JSONValue) throws(APIError) {
        copiedBytes += value.encoded.count
        guard copiedBytes <= Self.copyLimit else {
            throw JSONPatch.failure("Unable to copy, the accumulated size increase of copy is over the limit \(Self.copyLimit)")
        }
    }

    /// A value is put so many levels deep.
    ///
    /// - Throws: 422 where the document then nests deeper than a request may: nothing could read it again.
    mutating func nest(_ value: JSONValue, below depth: Int) throws(APIError) {
        guard try fits(value, depth) else {
            throw JSONPatch.failure("the patched object is nested deeper than \(JSONValue.maximumRequestDepth) levels")
        }
    }

    private mutating func fits(_ value: JSONValue, _ depth: Int) throws(APIError) -> Bool {
        switch value {
        case .object(let members):
            guard depth < JSONValue.maximumRequestDepth else { return false }
            try spend(8 * members.count)
            for member in members { guard try fits(member.value, depth + 1) else { return false } }
        case .array(let items):
            guard depth < JSONValue.maximumRequestDepth else { return false }
            try spend(8 * items.count)
            for item in items { guard try fits(item, depth + 1) else { return false } }
        default: break
        }
        return true
    }
}
