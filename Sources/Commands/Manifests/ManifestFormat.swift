// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import KubeCoding
import KubeModel

/// How objects are printed for kubectl to read.
enum ManifestFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case yaml, json

    /// YAML documents, or one JSON List.
    func text(of objects: [KubeObject]) -> String {
        let values = objects.map { JSONValue.object($0.json) }
        switch self {
        case .yaml: return values.map { YAML.text(of: $0) }.joined(separator: "---\n")
        case .json: return JSONValue.object(["apiVersion": "v1", "kind": "List", "items": .array(values)]).encodedText + "\n"
        }
    }
}
