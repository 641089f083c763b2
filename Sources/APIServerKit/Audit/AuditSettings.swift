// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Of what a server keeps an audit log, and where.
package struct AuditSettings: Sendable {
    /// An object from a body and the media type that its header names; nil for what is none.
    package typealias ObjectReader = @Sendable (_ body: [UInt8], _ type: String) -> JSONValue?

    package var policy: AuditPolicy
    package var log: AuditLog
    package var readObject: ObjectReader = { body, _ in
        guard let json = try? JSONValue.parse(body), json.object != nil else { return nil }
        return json
    }

    package init(policy: AuditPolicy, log: AuditLog) {
        self.policy = policy
        self.log = log
    }
}
