// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension FieldErrors {
    mutating func checkNotNegative(_ number: JSONValue?, at path: String) {
        if let count = number?.int, count < 0 { invalid(path, number, "must be greater than or equal to 0") }
    }

    mutating func checkNotAboveAll(_ value: JSONValue?, at path: String) {
        guard let text = value?.string, text.hasSuffix("%"), let percent = Int(text.dropLast()), percent > 100 else { return }
        invalid(path, value, "must not be greater than 100%")
    }
}
