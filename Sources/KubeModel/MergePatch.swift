// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// This document after a JSON merge patch: objects are merged member by member, null removes a member, all else replaces.
    ///
    /// - Source: RFC 7386
    package func mergePatched(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        return .object(
            (object ?? JSONObject()).merged(with: changes) { current, change in
                change.value.isNull ? nil : (current ?? .null).mergePatched(with: change.value)
            })
    }
}
