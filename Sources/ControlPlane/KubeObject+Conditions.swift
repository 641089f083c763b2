// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension KubeObject {
    /// Sets a condition; its time is that of its last turn.
    mutating func turn(_ type: String, _ isTrue: Bool, reason: String, message: String, now: Timestamp) {
        let status = isTrue ? "True" : "False"
        let current = condition(type)
        let since = current?["status"]?.string == status ? current?["lastTransitionTime"] : nil
        setCondition([
            "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
            "lastTransitionTime": since ?? .string(now.description),
        ])
    }
}
