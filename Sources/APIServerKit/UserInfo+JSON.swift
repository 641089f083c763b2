// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension UserInfo {
    /// As `UserInfo` of authentication.k8s.io/v1 is written.
    package var json: JSONValue {
        var json: JSONObject = ["username": .string(name)]
        if !uid.isEmpty { json["uid"] = .string(uid) }
        if !groups.isEmpty { json["groups"] = JSONValue(groups) }
        if !extra.isEmpty { json["extra"] = .object(JSONObject(extra.map { ($0.key, JSONValue($0.value)) })) }
        return .object(json)
    }
}
