// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension FuzzTarget {
    static let selectors: [FuzzTarget] = [
        FuzzTarget(
            "label selector", corpus: Corpus.labelSelectors, words: ["=", "!=", "in", "notin", "(", ")", ",", "!", "a", "x/y", ">", "<", " ", "=="]
        ) { input in
            guard let selector = try? LabelSelector(parsing: String(decoding: input, as: UTF8.self)) else { return false }
            let again = try LabelSelector(parsing: selector.description)
            for labels in [[:], ["a": "b"], ["tier": "frontend", "environment": "qa"], ["x/y": "1", "a": ""]] {
                try check(again.matches(labels) == selector.matches(labels), "\(selector) matches otherwise than it reads, for \(labels)")
            }
            return true
        },
        FuzzTarget("field selector", corpus: Corpus.fieldSelectors, words: ["=", "!=", "==", ",", "\\", "\\,", "\\=", "metadata.name", ""]) { input in
            guard let selector = try? FieldSelector(parsing: String(decoding: input, as: UTF8.self)) else { return false }
            let again = try FieldSelector(parsing: selector.description)
            // Requirements are read in the order of their text, which escapes may change.
            try check(Set(again.requirements) == Set(selector.requirements), "\(selector) is read as \(again)")
            return true
        },
    ]
}
