// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension JSONValue {
    /// Sets a member that is absent or null.
    mutating func setDefault(_ key: String, _ value: JSONValue) {
        if (self[key] ?? .null).isNull { self[key] = value }
    }

    /// Sets a member that is absent, null, empty text or zero: for fields where zero means "not given".
    mutating func setDefaultForZero(_ key: String, _ value: JSONValue) {
        switch self[key] ?? .null {
        case .null, .string(""), .integer(0): self[key] = value
        default: break
        }
    }

    /// Changes a member in place, if it is there and is an object.
    mutating func change(_ key: String, _ body: (inout JSONValue) -> Void) {
        guard case .object(var members) = self, members[key]?.object != nil else { return }
        self = .null  // so that the members are uniquely held while they change
        members.update(key, body)
        self = .object(members)
    }

    /// Changes each object in the list that is the member `key`.
    mutating func changeElements(_ key: String, _ body: (inout JSONValue) -> Void) {
        guard case .object(var members) = self, members[key]?.array != nil else { return }
        self = .null
        members.update(key) { list in
            guard case .array(var elements) = list else { return }
            list = .null
            for index in elements.indices where elements[index].object != nil { body(&elements[index]) }
            list = .array(elements)
        }
        self = .object(members)
    }
}
