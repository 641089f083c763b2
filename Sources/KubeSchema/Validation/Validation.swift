// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The rules beyond a kind's fields.
package enum Validation {
    /// What feature gates allow.
    package struct Options: Sendable, Hashable {
        package var allowsScaleToZero: Bool
        package init(allowsScaleToZero: Bool = false) { self.allowsScaleToZero = allowsScaleToZero }
    }

    package static func causes(_ object: KubeObject, replacing old: KubeObject?, subresource: String?, options: Options = Options()) -> [APIError.Cause] { [] }
}
