// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema

extension FuzzTarget {
    private static let sample: JSONValue = (try? JSONValue.parse(Corpus.deployment)) ?? .null
    private static let matched = ["", "abc", "a.b-c/d", "2026-01-01T00:00:00Z", "é\u{10FFFF}\n", String(repeating: "a", count: 40)]

    static let customResources: [FuzzTarget] = [
        FuzzTarget(
            "JSONPath", corpus: Corpus.fieldPaths, words: [".", "[", "]", "'", "*", "?(@.", ")", "==", "\\.", "0", "-1", ":", "\"", "spec", "<="]
        ) { input in
            guard let path = try? FieldPath(String(decoding: input, as: UTF8.self)) else { return false }
            let values = path.values(in: sample)
            // Steps that go on at all elements multiply, but each finds nothing beyond what is there.
            try check(values.count < 100_000, "\(path) finds \(values.count) values")
            return true
        },
        FuzzTarget(
            "pattern", corpus: Corpus.patterns,
            words: ["(", ")", "[", "]", "*", "+", "?", "{1000}", "{2,5}", "|", "^", "$", "\\", "\\p{L}", "(?i)", "(?:", ".", "[[:alpha:]]", "a"]
        ) { input in
            guard let pattern = try? TextPattern(String(decoding: input, as: UTF8.self)) else { return false }
            for text in matched { _ = pattern.matches(text) }
            return true
        },
    ]
}
