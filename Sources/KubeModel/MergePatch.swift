// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// This document after a JSON merge patch: objects are merged member by member, null removes a member, all else replaces.
    ///
    /// - Source: RFC 7386
    package func mergePatched(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var result = object ?? JSONObject()
        for change in changes {
            result[change.key] = change.value.isNull ? nil : (result[change.key] ?? .null).mergePatched(with: change.value)
        }
        return .object(result)
    }
}
