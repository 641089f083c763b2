// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The values of fields that were not given, in the object's own version.
package enum Defaulting {
    package static func apply(to object: inout KubeObject) {}
}
