// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel

extension FuzzTarget {
    static let texts: [FuzzTarget] = [
        FuzzTarget("JSON", corpus: Corpus.json, words: Corpus.jsonWords) { input in
            guard let (value, duplicates) = try? JSONValue.parseReportingDuplicates(input) else { return false }
            try check(duplicates.count <= 100, "\(duplicates.count) repeated keys are told")
            let encoded = value.encoded
            let again = try JSONValue.parse(encoded)
            try check(again.encoded == encoded, "what was written is read as something else: \(again.encodedText)")
            return true
        },
        FuzzTarget("YAML", corpus: Corpus.yaml + Corpus.json, words: Corpus.yamlWords) { input in
            guard let text = String(validating: input, as: UTF8.self), let documents = try? YAML.documents(in: text) else { return false }
            for document in documents {
                let written = YAML.text(of: document)
                let read = try YAML.documents(in: written)
                try check(read.map(\.encoded) == [document.encoded], "what was written is read as something else: \(written.debugDescription)")
            }
            return true
        },
    ]
}
