// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The rules beyond a kind's fields.
package enum Validation {
    package static func causes(_ object: KubeObject, replacing old: KubeObject?, subresource: String?) -> [APIError.Cause] { [] }
}
